"""Puts a low-rank adapter into the published weights of its encoder. Needs no torch: set-up does it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.errors import ArtefactError

Array = NDArray[np.float32]
DOWN, UP, SMOOTHING = ".down", ".up", "smoothing:"
SCALE = 2.0
"""Weight of an adapter beside its layer."""


def merged(weights: Mapping[str, Array], adapter: Mapping[str, NDArray[np.float16]]) -> dict[str, Array]:
    """The weights with ``SCALE * up @ down`` added to every matrix that has an adapter.

    Raises:
        ArtefactError: if the adapter belongs to other weights.
    """
    result = dict(weights)
    for name in sorted(key.removesuffix(DOWN) for key in adapter if key.endswith(DOWN)):
        kernel = name + ".weight"
        down, up = adapter[name + DOWN].astype(np.float32), adapter[name + UP].astype(np.float32)
        if kernel not in weights or weights[kernel].shape != (up.shape[0], down.shape[1]):
            raise ArtefactError("the adapter belongs to other weights", where=kernel, remedy="restore the artefact")
        result[kernel] = weights[kernel] + np.float32(SCALE) * (up @ down)
    return result


def smoothing_in(adapter: Mapping[str, NDArray[np.float16]]) -> dict[str, Array]:
    """The divisors by state that travel with an adapter (``models.export.smoothing``)."""
    return {
        name.removeprefix(SMOOTHING): divisor.astype(np.float32)
        for name, divisor in adapter.items()
        if name.startswith(SMOOTHING)
    }
