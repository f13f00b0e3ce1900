"""Evens out the channels of a large encoder's states, so that int8 does not drown the small ones in the large.

Some channels of MPNet's states are thirty times as large as the rest, and one scale per state leaves the rest a handful
of steps. Each channel is divided by a number and the matrix that reads it multiplied by the same: nothing changes but
what int8 loses. Xiao et al., "SmoothQuant", 2023.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.export.encoder_graph import MIDDLE, product_states, write_encoder, write_upper
from models.export.families import Family

Array = NDArray[np.float32]
STRENGTH = 0.75
"""Share of a channel's size that moves into the matrix."""
_LEAST = 1e-3


def smoothing_of(
    weights: Mapping[str, Array], family: Family, windows: Sequence[Sequence[int]]
) -> dict[str, NDArray[np.float16]]:
    """Divisors ``(width,)`` by state, from the largest values seen while reading ``windows`` of token ids."""
    feeds = ({"ids": np.asarray([window], dtype=np.int64)} for window in windows)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "shown.onnx"
        write_encoder(weights, family, path, shown=True)
        return _divisors(weights, family, 0, path, feeds)


def upper_smoothing_of(
    weights: Mapping[str, Array], family: Family, windows: Sequence[Array]
) -> dict[str, NDArray[np.float16]]:
    """The same for upper layers alone, from middle states ``(tokens, width)`` of some windows."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "shown.onnx"
        write_upper(weights, family, path, shown=True)
        return _divisors(weights, family, family.middle, path, ({MIDDLE: window[None]} for window in windows))


def _divisors(
    weights: Mapping[str, Array], family: Family, first: int, path: Path, feeds: Iterable[dict[str, NDArray[Any]]]
) -> dict[str, NDArray[np.float16]]:
    states = product_states(family, first)
    shown = [state for state in states if state != MIDDLE]
    largest: dict[str, Array] = {}
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for feed in feeds:
        seen = dict(zip(shown, session.run(shown, feed), strict=True)) | feed
        for name in states:
            most = np.abs(seen[name][0]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, _LEAST), most)
    rows = _largest_weights(weights, family, first)
    return {
        name: (largest[name] ** STRENGTH / np.maximum(rows[name], _LEAST) ** (1 - STRENGTH)).astype(np.float16)
        for name in states
    }


def _largest_weights(weights: Mapping[str, Array], family: Family, first: int) -> dict[str, Array]:
    """By state, the largest weight that reads each of its channels."""
    readers = (family.projections, (family.mix,), (family.widen,), (family.narrow,))
    found = {}
    for number, name in enumerate(product_states(family, first)):
        above, part = divmod(number, len(readers))
        layer = first + above
        matrices = [weights[f"{family.layer.format(layer)}{reader}.weight"] for reader in readers[part]]
        found[name] = np.maximum.reduce([np.abs(matrix).max(axis=0) for matrix in matrices])
    return found
