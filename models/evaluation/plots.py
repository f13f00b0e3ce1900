"""Precision-recall curves and reliability diagrams of sentence decisions, as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from models.corpus import GoldDocument
from models.training.examples import targets_of
from nlp.extract import SignalReader
from nlp.outputs import LABELS

mpl.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

Floats = NDArray[np.float32]
Panel = Callable[[Axes, Floats, NDArray[np.bool_]], None]
BINS = 10


def draw(reader: SignalReader, documents: Sequence[GoldDocument], folder: Path) -> None:
    """Write ``precision_recall.png`` and ``reliability.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    probabilities, targets = _decisions(reader, documents)
    _picture(folder / "precision_recall.png", _curve, probabilities, targets, ("recall", "precision"))
    names = ("probability said", "share that was right")
    _picture(folder / "reliability.png", _reliability, probabilities, targets, names)


def _picture(path: Path, panel: Panel, probabilities: Floats, targets: Floats, names: tuple[str, str]) -> None:
    """One panel for each label; ``names`` are those of the axes."""
    figure, axes = pyplot.subplots(1, len(LABELS), figsize=(4 * len(LABELS), 4), sharey=True, layout="constrained")
    for column, (axis, label) in enumerate(zip(axes, LABELS, strict=True)):
        known = ~np.isnan(targets[:, column])
        panel(axis, probabilities[known, column], targets[known, column] > 0.5)
        axis.set_title(label.value.replace("_", " "))
        axis.set_xlabel(names[0])
    axes[0].set_ylabel(names[1])
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _decisions(reader: SignalReader, documents: Sequence[GoldDocument]) -> tuple[Floats, Floats]:
    """Probabilities and targets ``(sentences, labels)``."""
    probabilities, targets = [], []
    for gold in documents:
        sentences, found = reader.probabilities(gold.document)
        if len(sentences):
            probabilities.append(found)
            targets.append(targets_of(sentences, gold.mentions)[:, : len(LABELS)])
    return np.concatenate(probabilities), np.concatenate(targets)


def _curve(axis: Axes, probabilities: Floats, truth: NDArray[np.bool_]) -> None:
    order = np.argsort(-probabilities)
    right = np.cumsum(truth[order])
    axis.plot(right / max(1, truth.sum()), right / np.arange(1, len(order) + 1))
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1.02)
    axis.grid(alpha=0.3)


def _reliability(axis: Axes, probabilities: Floats, truth: NDArray[np.bool_]) -> None:
    bins = np.clip((probabilities * BINS).astype(int), 0, BINS - 1)
    filled = [index for index in range(BINS) if (bins == index).any()]
    said = [float(probabilities[bins == index].mean()) for index in filled]
    held = [float(truth[bins == index].mean()) for index in filled]
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axis.plot(said, held, marker="o")
    for index, x, y in zip(filled, said, held, strict=True):
        axis.annotate(
            f"{int((bins == index).sum()):,}", (x, y), textcoords="offset points", xytext=(4, -10), fontsize=7
        )
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1.02)
    axis.grid(alpha=0.3)
