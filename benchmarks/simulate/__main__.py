"""``python -m benchmarks.simulate [--accounts 400] [--seed 11] [--plots DIR] [--quick]``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.simulate.figures import Figures, measure, mentions_a_month
from benchmarks.simulate.plots import draw
from benchmarks.simulate.protocol import CHIEF_DAYS, DAYS_BEFORE, FALSE_ALARMS
from benchmarks.simulate.reader import false_rates, measured
from benchmarks.simulate.scores import BASELINES, Observed, observe
from benchmarks.simulate.sensitivity import Shaken, shake_parameters, shake_story
from benchmarks.simulate.story import CALM, load_story
from core.entities import Label
from pipelines.risk.parameters import default_parameters

NOTICE = (
    "This is a simulation. Accounts, what they say and when they leave are invented (benchmarks/simulate/story.toml); "
    "only the reader's errors were measured. It shows how the model behaves if that story is true, and nothing of how "
    "customers really leave."
)
SHAKEN_ACCOUNTS, TRIALS = 150, 6


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=NOTICE, prog="python -m benchmarks.simulate")
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--plots", type=Path, help="draw curves into this folder")
    parser.add_argument("--quick", action="store_true", help="leave out how wrong we may be")
    options = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False, width=150)
    console.print(NOTICE)
    begun = time.process_time()
    story, parameters = load_story(), default_parameters()
    seen = observe(story, options.accounts, options.seed)
    show_world(seen, console)
    figures = measure(seen, parameters)
    show_figures(figures, console)
    shaken: list[Shaken] = []
    if not options.quick:
        shaken += shake_parameters(seen[: 2 * SHAKEN_ACCOUNTS], TRIALS, options.seed)
        shaken += shake_story(SHAKEN_ACCOUNTS, TRIALS, options.seed)
        show_shaken(shaken, console)
    if options.plots:
        draw(figures, shaken, options.plots)
    console.print(f"{options.accounts} accounts, seed {options.seed}, story {story.version}, parameters "
                  f"{parameters.version}, {time.process_time() - begun:.0f} s of CPU")  # fmt: skip


def show_world(seen: Sequence[Observed], console: Console) -> None:
    """What was drawn, and how the reader did in it."""
    columns = ("storyline", "accounts", "documents a month", "said a month", "found a month")
    table = Table(*columns, title="half a year before the date")
    lines = [one.life.storyline for one in seen]
    for line, row in mentions_a_month(seen).items():
        table.add_row(line, str(lines.count(line)), *(f"{value:.1f}" for value in row))
    console.print(table)
    false = false_rates([one.life for one in seen], measured(load_story().reader))
    parts = ", ".join(f"{label.value} {1000 * false[label]:.2f}" for label in Label)
    console.print(f"false signals a 1,000 sentences: {sum(false.values()) * 1000:.1f} ({parts})")


def show_figures(figures: Figures, console: Console) -> None:
    """Ranks, lead, stability."""
    table = Table(
        "score",
        *(f"AUC {days} d" for days in DAYS_BEFORE),
        f"95 % at {CHIEF_DAYS} d",
        "lead, strict",
        "alarmed at all",
        "lead, a tenth in a week",
        "alarmed at all",
    )
    for one in figures.judged:
        low, high = one.chief_interval
        table.add_row(
            one.name, *(f"{one.aucs[days]:.3f}" for days in DAYS_BEFORE), f"{low:.2f} to {high:.2f}",
            f"{np.median(one.leads):.0f} d", f"{(one.leads > 0).mean():.0%}",
            f"{np.median(one.loose):.0f} d", f"{(one.loose > 0).mean():.0%}",
        )  # fmt: skip
    console.print(table)
    ours = figures.judged[0].aucs[CHIEF_DAYS]
    best = max(one.aucs[CHIEF_DAYS] for one in figures.judged if one.name in BASELINES)
    console.print(f"ahead of the best of the three counts at {CHIEF_DAYS} days by {ours - best:+.3f}; with a reader "
                  f"that never errs {figures.without_error:.3f}")  # fmt: skip
    console.print(f"lead: median days; strict: at an alarm that {FALSE_ALARMS:.0%} of those who stay ever reach in "
                  f"half a year (score {figures.judged[0].alarm:.0f})")  # fmt: skip
    table = Table(
        "storyline", "flips a quarter", f"low / medium / high {CHIEF_DAYS} d before", "alarmed in half a year"
    )
    for line, flips in figures.flips.items():
        levels = " / ".join(f"{figures.at_level[line].get(level, 0):.0%}" for level in ("low", "medium", "high"))
        table.add_row(line, f"{flips:.2f}", levels, f"{figures.alarmed[line]:.0%}")
    console.print(table)
    calm = ", ".join(f"{line} {figures.flips[line]:.2f}" for line in CALM if line in figures.flips)
    console.print(f"flips of level an account and quarter, calm accounts: {calm}")


def show_shaken(shaken: Sequence[Shaken], console: Console) -> None:
    """How wrong we may be."""
    table = Table("moved", "by up to", "AUC, median", "lowest", "best count, median", "trials ahead",
                  title=f"every number wrong, AUC {CHIEF_DAYS} days before")  # fmt: skip
    for one in shaken:
        table.add_row(
            one.what, f"x{one.factor:g}", f"{np.median(one.ours):.3f}", f"{min(one.ours):.3f}",
            f"{np.median(one.best):.3f}", f"{one.leads:.0%} of {len(one.ours)}",
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
