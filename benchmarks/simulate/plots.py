"""The run as pictures: who is told from whom, how early, and how wrong we may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from benchmarks.simulate.figures import Figures
from benchmarks.simulate.protocol import CHIEF_DAYS, LEAD_DAYS, Bools, Floats
from benchmarks.simulate.scores import OURS
from benchmarks.simulate.sensitivity import Shaken

mpl.use("Agg")
from matplotlib import pyplot

_NOTE = "simulated accounts"


def draw(figures: Figures, shaken: Sequence[Shaken], folder: Path) -> None:
    """Write ``roc.png``, ``lead.png`` and, where it was looked at, ``sensitivity.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    _roc(figures, folder / "roc.png")
    _lead(figures, folder / "lead.png")
    if shaken:
        _sensitivity(shaken, folder / "sensitivity.png")


def curve(scores: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """False and true alarms, as shares, for every bound from the highest score down."""
    bounds = np.unique(scores)[::-1]
    false = np.array([0.0, *((scores[~positive] >= bound).mean() for bound in bounds)])
    true = np.array([0.0, *((scores[positive] >= bound).mean() for bound in bounds)])
    return false, true


def _roc(figures: Figures, path: Path) -> None:
    figure, axis = pyplot.subplots(figsize=(6.5, 6), layout="constrained")
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    for one in figures.judged:
        width = 2.4 if one.name == OURS else 1.2
        axis.plot(*curve(one.chief, figures.positive), linewidth=width, label=f"{one.name}: {one.aucs[CHIEF_DAYS]:.2f}")
    axis.set_xlabel("share of those who stay that is alarmed")
    axis.set_ylabel("share of those who leave that is alarmed")
    axis.set_title(f"{CHIEF_DAYS} days before the end, {figures.accounts} {_NOTE}; area under the curve")
    axis.legend(loc="lower right")
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _lead(figures: Figures, path: Path) -> None:
    figure, axis = pyplot.subplots(figsize=(7.5, 5), layout="constrained")
    days = np.arange(0, LEAD_DAYS + 1)
    for one in figures.judged:
        width = 2.4 if one.name == OURS else 1.2
        reached = [(one.leads >= day).mean() if day else (one.leads > 0).mean() for day in days]
        axis.step(days, reached, where="pre", linewidth=width, label=f"{one.name}: median {np.median(one.leads):.0f} d")
    axis.set_xlim(LEAD_DAYS, 0)
    axis.set_ylim(0, 1)
    axis.set_xlabel("days before the end")
    axis.set_ylabel("share of those who leave that has been alarmed")
    axis.set_title(f"at 10 % false alarms in half a year, {_NOTE}")
    axis.legend(loc="upper left")
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _sensitivity(shaken: Sequence[Shaken], path: Path) -> None:
    names = list(dict.fromkeys(one.what for one in shaken))
    figure, axes = pyplot.subplots(1, len(names), figsize=(5.5 * len(names), 4.5), sharey=True, layout="constrained")
    for axis, name in zip(np.atleast_1d(axes), names, strict=True):
        rows = [one for one in shaken if one.what == name]
        for place, one in enumerate(rows):
            axis.scatter(
                [place - 0.08] * len(one.ours), one.ours, color="tab:blue", label="ours" if not place else None
            )
            axis.scatter([place + 0.08] * len(one.best), one.best, color="tab:orange", marker="x",
                         label="best of the three counts" if not place else None)  # fmt: skip
        axis.set_xticks(range(len(rows)), [f"up to x{one.factor:g}" for one in rows])
        axis.set_title(f"{name} wrong, {_NOTE}")
        axis.grid(alpha=0.3)
    np.atleast_1d(axes)[0].set_ylabel(f"AUC {CHIEF_DAYS} days before the end")
    np.atleast_1d(axes)[0].legend(loc="lower left")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
