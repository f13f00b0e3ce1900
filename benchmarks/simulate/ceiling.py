"""How much there is to be known: ``python -m benchmarks.simulate.ceiling [--accounts 800]``.

A logistic regression that learns from simulated accounts which leave, and judges others of the same story. It knows
what no model of real accounts can know, how this very world works, so its AUC is about the best that could be reached.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from sklearn.linear_model import LogisticRegressionCV
from sklearn.preprocessing import StandardScaler

from benchmarks.simulate.protocol import CHIEF_DAYS, Floats, auc, leaving
from benchmarks.simulate.reader import read_without_error
from benchmarks.simulate.scores import Observed, observe
from benchmarks.simulate.story import load_story
from core.entities import Label
from pipelines.risk.quiet import quiet_signals

HALF_LIVES = (60, 150)
_CHANCE = 0.05
_STRENGTHS = (0.003, 0.01, 0.03, 0.1)
_FLAGS = ("gave_up", "repeated", "deadline", "platform")
_MAIN = {
    Label.COMPETITIVE_MENTION: "stance",
    Label.VENDOR_CONSOLIDATION: "direction",
    Label.WORKAROUND: "status",
    Label.UNBUILT_FEATURE_REQUEST: "criticality",
}


def features(seen: Observed, days: int) -> dict[str, float]:
    """What was said, faded, in itself and by how much was said; how much was said; what became less."""
    moment = seen.life.planted - timedelta(days=days)
    known = [document for document in seen.life.documents if document.occurred_at <= moment]
    found: dict[str, float] = defaultdict(float)
    said = {
        half: sum(d.sentences * 0.5 ** ((moment - d.occurred_at).days / half) for d in known) for half in HALF_LIVES
    }
    asked = set()
    for signal in seen.signals:
        if signal.occurred_at > moment:
            continue
        if signal.label is Label.UNBUILT_FEATURE_REQUEST:
            asked.add(signal.document_id)
        names = [f"{signal.label}.{signal.attributes.get(_MAIN[signal.label])}"]
        names += [f"{signal.label}.{flag}" for flag in _FLAGS if signal.attributes.get(flag) not in (None, "absent")]
        for half in HALF_LIVES:
            weight = signal.score * 0.5 ** ((moment - signal.occurred_at).days / half)
            for name in names:
                found[f"{name} {half}"] += weight
                found[f"{name} {half} by talk"] += weight / (said[half] + 100)
    found["talk"] = math.log1p(said[HALF_LIVES[0]])
    for quiet in quiet_signals(known, _CHANCE, asked):
        found[quiet.kind] += 0.5 ** ((moment - quiet.since).days / 120)
    return found


def learned(training: Sequence[Observed], judged: Sequence[Observed]) -> float:
    """AUC on other accounts of the same story."""
    rows = [features(one, CHIEF_DAYS) for one in training]
    names = sorted({name for row in rows for name in row})
    scaler = StandardScaler().fit(_matrix(rows, names))

    def scaled(of: Sequence[dict[str, float]]) -> Floats:
        values: Floats = np.clip(scaler.transform(_matrix(of, names)), -4, 4)
        return values

    model = LogisticRegressionCV(
        Cs=_STRENGTHS, max_iter=2_000, l1_ratios=(0,), use_legacy_attributes=False, scoring="neg_log_loss"
    ).fit(scaled(rows), leaving(training))
    others = scaled([features(one, CHIEF_DAYS) for one in judged])
    return auc(model.predict_proba(others)[:, 1], leaving(judged))


def _matrix(rows: Sequence[dict[str, float]], names: Sequence[str]) -> Floats:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows])


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=800, help="to learn from, and to judge")
    options = parser.parse_args()
    story = load_story()
    training, judged = (observe(story, options.accounts, seed) for seed in (1, 2))
    print(
        f"{options.accounts} simulated accounts learned from, AUC on as many others {CHIEF_DAYS} days before the date"
    )
    print(f"  signals as read        {learned(training, judged):.3f}")
    perfect = [[replace(one, signals=read_without_error(one.life)) for one in of] for of in (training, judged)]
    print(f"  signals without error  {learned(*perfect):.3f}")


if __name__ == "__main__":
    main()
