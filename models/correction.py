"""Corrections of a reader from a few hundred answers: heads on its frozen encoder, calibration, thresholds. No torch.

For each label by itself a logistic head starts from the logits that the reader has (``models.linear``), and is kept
only if it does better than the reader on accounts that it did not see, by more than chance. So a label with too few
answers, or that answers can't mend, stays as it was; and the figures say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.entities import Label, OperatingPoint
from core.ids import digest
from models.linear import Floats, Linear, Numbers, Scaling, fit_linear, folds_of, out_of_fold, sigmoid
from nlp.artefact import Manifest
from nlp.encoder import Array
from nlp.outputs import LABELS
from nlp.overlay import CORRECTION_FILE, FORMAT, OVERLAY_FILE, manifest_digest

Flags = NDArray[np.bool_]

ANSWERS_MIN = 8
"""With and without the label; fewer teach no head."""
RECALIBRATION_MIN = 20
ACCOUNTS_MIN = 5
FOLDS = 5
STRENGTHS = (0.3, 1.0, 3.0, 10.0)
CALIBRATION_STRENGTH = 4.0
_GRID = np.linspace(0.05, 0.95, 91)
PRECISION_WANTED = 0.85
RECALL_WANTED = 0.85


@dataclass(frozen=True, slots=True)
class Answers:
    """Sentences that people judged.

    Attributes:
        features: ``(rows, 2 * width)`` as the reader's heads see them.
        logits: ``(rows, labels)`` calibrated ones of the reader.
        targets: ``(rows, labels)`` 1 or 0, NaN where nothing is known.
        accounts: whose sentence each row is.
        fair: ``(rows,)`` whether it was chosen by its score, if at all: such rows may calibrate.
    """

    features: Array
    logits: Array
    targets: Array
    accounts: Sequence[str]
    fair: Flags


@dataclass(frozen=True, slots=True)
class Background:
    """All sentences of the documents, judged or not: features ``(rows, 2 * width)``, logits ``(rows, labels)``."""

    features: Array
    logits: Array


@dataclass(frozen=True, slots=True)
class LabelFit:
    """What became of one label.

    ``before`` and ``after`` are the mean loss on accounts that a head did not see; ``weights`` are on raw features.
    """

    label: Label
    positives: int
    negatives: int
    accounts: int
    head: bool
    recalibrated: bool
    strength: float | None
    before: float | None
    after: float | None
    words: str
    weights: Floats
    bias: float
    scale: float = 1.0
    shift: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether the candidate says anything else of this label than the reader did."""
        return self.head or self.recalibrated


@dataclass(frozen=True, slots=True)
class Correction:
    """A candidate: what became of each label, and the files of its overlay."""

    labels: tuple[LabelFit, ...]
    points: Mapping[str, Mapping[str, Any]]

    @property
    def changed(self) -> bool:
        """Whether there is anything to promote."""
        return any(fit.changed for fit in self.labels)

    @property
    def figures(self) -> dict[str, Any]:
        """What was fitted and how it did, by label."""
        return {
            fit.label.value: {
                "positives": fit.positives,
                "negatives": fit.negatives,
                "accounts": fit.accounts,
                "head": fit.head,
                "recalibrated": fit.recalibrated,
                "strength": fit.strength,
                "loss_before": _rounded(fit.before),
                "loss_after": _rounded(fit.after),
                "threshold": self.points[fit.label.value]["points"][OperatingPoint.BALANCED.value]["threshold"],
                "words": fit.words,
            }
            for fit in self.labels
        }


def fit_correction(answers: Answers, background: Background, manifest: Manifest, seed: int = 0) -> Correction:
    """Fit all labels.

    Raises:
        ValueError: if there is no answer at all.
    """
    if not len(answers.features):
        raise ValueError("no sentence was judged")
    scaling = Scaling.of(background.features)
    folds = folds_of(list(answers.accounts), FOLDS, seed)
    fits = tuple(_fit(answers, column, scaling, folds) for column in range(len(LABELS)))
    points = {fit.label.value: _point(fit, column, background, manifest) for column, fit in enumerate(fits)}
    return Correction(fits, points)


def overlay_files(
    correction: Correction, manifest: Manifest, version: str, made: Mapping[str, Any]
) -> dict[str, bytes]:
    """The files of the overlay, by name; ``made`` says what it was made from."""
    scales = np.array([manifest.labels[label].scale for label in LABELS])
    # Heads were fitted on calibrated logits; what is added to raw ones is smaller by the scale.
    weights = np.stack([fit.weights for fit in correction.labels], axis=1) / scales
    bias = np.array([fit.bias for fit in correction.labels]) / scales
    content = save({"weights": weights.astype(np.float32), "bias": bias.astype(np.float32)})
    raw = {
        "format": FORMAT,
        "kind": "overlay",
        "version": version,
        "base": {"version": manifest.version, "digest": manifest_digest(manifest)},
        "labels": correction.points,
        "made": {**made, "labels": correction.figures},
        "files": {CORRECTION_FILE: {"sha256": digest(content)}},
    }
    return {OVERLAY_FILE: json.dumps(raw, indent=2, ensure_ascii=False).encode() + b"\n", CORRECTION_FILE: content}


def _fit(answers: Answers, column: int, scaling: Scaling, folds: NDArray[np.int64]) -> LabelFit:
    label = LABELS[column]
    known = ~np.isnan(answers.targets[:, column])
    truth = answers.targets[known, column].astype(np.float64)
    logits = answers.logits[known, column].astype(np.float64)
    accounts = [account for account, kept in zip(answers.accounts, known.tolist(), strict=True) if kept]
    yes, no, people = int(truth.sum()), int((1 - truth).sum()), len(set(accounts))
    nothing = np.zeros(answers.features.shape[1])
    plain = LabelFit(label, yes, no, people, False, False, None, None, None, "", nothing, 0.0)
    if min(yes, no) < ANSWERS_MIN or people < ACCOUNTS_MIN:
        return _told(plain, f"too few answers: {yes} with it, {no} without, {people} accounts; "
                            f"{ANSWERS_MIN} of each and {ACCOUNTS_MIN} accounts are needed")  # fmt: skip
    features, parts = scaling(answers.features[known]), folds[known]
    if len(np.unique(parts)) < 2:
        return _told(plain, "all answers are of one account")
    before = _losses(logits, truth)
    tried = {strength: _held_out(features, truth, parts, logits, strength) for strength in STRENGTHS}
    best = min(STRENGTHS, key=lambda strength: float(_losses(tried[strength], truth).mean()))
    after = _losses(tried[best], truth)
    head = _surely_better(before, after, accounts)
    weights, bias = nothing, 0.0
    if head:
        fitted: Linear = fit_linear(features, truth, strength=best, offset=logits)
        weights = fitted.weights * scaling.scale
        bias = fitted.bias - float(weights @ scaling.mean)
    held = tried[best] if head else logits
    scale, shift, recalibrated = _recalibrated(held, truth, parts, answers.fair[known], accounts)
    said = "a head was learned" if head else "a head does no better on accounts that it did not see: left as it was"
    said += "; probabilities were calibrated anew" if recalibrated else ""
    return LabelFit(
        label, yes, no, people, head, recalibrated, best if head else None, float(before.mean()), float(after.mean()),
        said, weights, bias, scale, shift,
    )  # fmt: skip


def _told(fit: LabelFit, words: str) -> LabelFit:
    return replace(fit, words=words)


def _held_out(features: Numbers, truth: Floats, folds: NDArray[np.int64], logits: Floats, strength: float) -> Floats:
    """Logits of each row from a head that did not see its account."""
    found = np.clip(out_of_fold(features, truth, folds, strength=strength, offset=logits), 1e-9, 1 - 1e-9)
    result: Floats = np.log(found / (1 - found))
    return result


def _losses(logits: Floats, truth: Floats) -> Floats:
    result: Floats = np.logaddexp(0.0, logits) - truth * logits
    return result


def _surely_better(before: Floats, after: Floats, accounts: Sequence[str]) -> bool:
    """Whether the loss falls by more than twice the standard error of its fall; accounts are drawn as a whole."""
    _, of = np.unique(np.asarray(accounts), return_inverse=True)
    sums = np.bincount(of, weights=before - after)
    error = float(np.sqrt((sums - sums.mean()) @ (sums - sums.mean()) * len(sums) / max(1, len(sums) - 1)))
    return float(sums.sum()) > 2 * error


def _recalibrated(
    logits: Floats, truth: Floats, folds: NDArray[np.int64], fair: Flags, accounts: Sequence[str]
) -> tuple[float, float, bool]:
    """Scale and shift of logits, pulled to 1 and 0; these where there are too few fair answers, or it is no better."""
    logits, truth, folds = logits[fair], truth[fair], folds[fair]
    enough = min(truth.sum(), (1 - truth).sum()) >= RECALIBRATION_MIN and len(np.unique(folds)) > 1
    if not enough:
        return 1.0, 0.0, False
    rows = logits[:, None]
    found = np.clip(out_of_fold(rows, truth, folds, strength=CALIBRATION_STRENGTH, offset=logits), 1e-9, 1 - 1e-9)
    chosen = [account for account, kept in zip(accounts, fair.tolist(), strict=True) if kept]
    if not _surely_better(_losses(logits, truth), _losses(np.log(found / (1 - found)), truth), chosen):
        return 1.0, 0.0, False
    fitted = fit_linear(rows, truth, strength=CALIBRATION_STRENGTH, offset=logits)
    scale = 1.0 + float(fitted.weights[0])
    return (scale, fitted.bias, True) if scale > 0.1 else (1.0, 0.0, False)


def _point(fit: LabelFit, column: int, background: Background, manifest: Manifest) -> dict[str, Any]:
    """Calibration and thresholds as a manifest has them; a label that did not change keeps its own."""
    known = manifest.labels[fit.label]
    if not fit.changed:
        return dict(manifest.raw["labels"][fit.label.value])
    corrected = background.logits[:, column] + background.features @ fit.weights + fit.bias
    return {
        "scale": known.scale * fit.scale,
        "offset": known.offset * fit.scale + fit.shift,
        "points": expected_points(sigmoid(corrected * fit.scale + fit.shift)),
        "calibration_error": manifest.raw["labels"][fit.label.value].get("calibration_error", 0.0),
        "sentences": fit.positives,
    }


def expected_points(probabilities: Floats) -> dict[str, dict[str, float]]:
    """Operating points from calibrated probabilities alone: what is to be expected at each threshold.

    Answers can't tell it: what was picked for labeling is denser around the threshold than what is read. Best F1;
    beside it the lowest threshold that is precise enough, and the highest that finds enough.
    """
    rows = []
    for threshold in _GRID.tolist():
        given = probabilities >= threshold
        right, all_right = float(probabilities[given].sum()), float(probabilities.sum())
        precision = right / float(given.sum()) if given.any() else 1.0
        recall = right / max(all_right, 1e-12)
        f1 = 2 * right / max(1e-12, float(given.sum()) + all_right)
        rows.append((round(threshold, 4), precision, recall, f1))
    balanced = max(rows, key=lambda row: (row[3], -row[0]))
    precise = [row for row in rows if row[0] >= balanced[0] and row[1] >= PRECISION_WANTED] or [rows[-1]]
    finding = [row for row in rows if row[0] <= balanced[0] and row[2] >= RECALL_WANTED] or [rows[0]]
    chosen = {
        OperatingPoint.HIGH_PRECISION: precise[0],
        OperatingPoint.BALANCED: balanced,
        OperatingPoint.HIGH_RECALL: finding[-1],
    }
    return {
        name.value: {"threshold": row[0], "precision": round(row[1], 4), "recall": round(row[2], 4)}
        for name, row in chosen.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
