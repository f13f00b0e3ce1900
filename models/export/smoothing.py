"""Evens out the channels of a large encoder's states, so that int8 does not drown the small ones in the large.

Some channels of MPNet's states are thirty times as large as the rest, and one scale per state leaves the rest a handful
of steps. Each channel is divided by a number and the matrix that reads it multiplied by the same: nothing changes but
what int8 loses. Xiao et al., "SmoothQuant", 2023.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.export.encoder_graph import product_states, write_encoder
from models.export.families import Family

Array = NDArray[np.float32]
STRENGTH = 0.75
"""Share of a channel's size that moves into the matrix."""
_LEAST = 1e-3


def smoothing_of(
    weights: Mapping[str, Array], family: Family, windows: Sequence[Sequence[int]]
) -> dict[str, NDArray[np.float16]]:
    """Divisors ``(width,)`` by state, from the largest values seen while reading ``windows`` of token ids."""
    states = product_states(family)
    largest: dict[str, Array] = {}
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "shown.onnx"
        write_encoder(weights, family, path, shown=True)
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        for window in windows:
            found = session.run(states, {"ids": np.asarray([window], dtype=np.int64)})
            for name, values in zip(states, found, strict=True):
                seen = np.abs(values[0]).max(axis=0)
                largest[name] = np.maximum(largest.get(name, _LEAST), seen)
    rows = _largest_weights(weights, family)
    return {
        name: (largest[name] ** STRENGTH / np.maximum(rows[name], _LEAST) ** (1 - STRENGTH)).astype(np.float16)
        for name in states
    }


def _largest_weights(weights: Mapping[str, Array], family: Family) -> dict[str, Array]:
    """By state, the largest weight that reads each of its channels."""
    readers = (family.projections, (family.mix,), (family.widen,), (family.narrow,))
    found = {}
    for number, name in enumerate(product_states(family)):
        layer, part = divmod(number, len(readers))
        matrices = [weights[f"{family.layer.format(layer)}{reader}.weight"] for reader in readers[part]]
        found[name] = np.maximum.reduce([np.abs(matrix).max(axis=0) for matrix in matrices])
    return found
