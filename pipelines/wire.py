"""How results look outside: plain JSON values of signals, coverage and risk, the same in CLI, API and store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.entities import Coverage, Explanation, Signal, Speaker
from nlp.extract import Extraction
from nlp.occlusion import Hidden, Occlusion
from pipelines.playbook.policy import RecommendedAction
from pipelines.risk.change import Change
from pipelines.risk.facts import AccountRisk, Contribution, QuietSignal, SignalFact


def extraction_json(extraction: Extraction) -> dict[str, Any]:
    """One line of ``foreshock extract``."""
    return {
        "id": extraction.document_id,
        "account_id": extraction.account_id,
        "signals": [signal_json(signal) for signal in extraction.signals],
        "coverage": coverage_json(extraction.coverage) | {"sentences": extraction.sentences},
    }


def signal_json(signal: Signal) -> dict[str, Any]:
    """A signal with its evidence."""
    return {
        "label": signal.label.value,
        "start": signal.start,
        "end": signal.end,
        "text": signal.text,
        "score": signal.score,
        "speaker": speaker_json(signal.speaker),
        "attributes": dict(signal.attributes),
        "explanation": explanation_json(signal.explanation),
        "model_version": signal.model_version,
    }


def speaker_json(speaker: Speaker | None) -> dict[str, Any] | None:
    """Who said it, if anybody is named or a side is known."""
    return {"name": speaker.name, "side": speaker.side.value} if speaker else None


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """What carried the decision."""
    context = explanation.context
    return {
        "threshold": explanation.threshold,
        "words": [
            {"start": word.start, "end": word.end, "text": word.text, "share": word.share} for word in explanation.words
        ],
        "known_names": list(explanation.known_names),
        "context": {"start": context.start, "end": context.end} if context else None,
    }


def occlusion_json(occlusion: Occlusion) -> dict[str, Any]:
    """What carried a decision, strongest first."""

    def parts(hidden: tuple[Hidden, ...]) -> list[dict[str, Any]]:
        return [{"start": part.start, "end": part.end, "text": part.text, "drop": part.drop} for part in hidden]

    return {
        "probability": occlusion.probability,
        "words": parts(occlusion.words),
        "context": parts(occlusion.context),
    }


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """What was read and what was skipped, in characters."""
    return {
        "characters": coverage.characters,
        "read": coverage.read,
        "skipped": {reason.value: count for reason, count in sorted(coverage.skipped.items()) if count},
        "language": coverage.language,
        "notes": list(coverage.notes),
    }


def risk_json(
    risk: AccountRisk, actions: tuple[RecommendedAction, ...], *, evidence: int | None = None
) -> dict[str, Any]:
    """One line of ``foreshock assess``; ``evidence`` limits how many sentences stand behind each driver."""
    return {
        "account_id": risk.account_id,
        "as_of": moment(risk.as_of),
        "level": risk.level.value,
        "held_since": moment(risk.held_since) if risk.held_since else None,
        "score": risk.score,
        "interval": {"low": risk.low, "high": risk.high},
        "drivers": [_contribution(part, evidence) for part in risk.drivers],
        "combinations": [_contribution(part, evidence) for part in risk.combinations],
        "quiet_signals": [quiet_json(signal) for signal in risk.quiet],
        "contributions": [{"name": part.name, "points": part.points} for part in risk.contributions],
        "recommended_actions": [
            {"driver": step.trigger.value, "action": step.action, "owner": step.owner, "due": step.due.isoformat()}
            for step in actions
        ],
        "documents": risk.documents,
        "parameters_version": risk.parameters_version,
    }


def quiet_json(signal: QuietSignal) -> dict[str, Any]:
    """What became less, with the documents that show it."""
    person = signal.person
    return {
        "kind": signal.kind.value,
        "since": moment(signal.since),
        "chance": signal.chance,
        "before": signal.before,
        "after": signal.after,
        "contact": {"name": person.name, "title": person.title, "seniority": person.seniority.value}
        if person
        else None,
        "documents": list(signal.documents),
    }


def change_json(change: Change) -> dict[str, Any]:
    """Why a score changed between two dates; the points of the steps sum to the difference."""
    return {
        "account_id": change.after.account_id,
        "before": _summary(change.before),
        "after": _summary(change.after),
        "difference": round(change.after.score - change.before.score, 2),
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "points": step.points,
                "evidence": said_json(step.signal) if step.signal else None,
            }
            for step in change.steps
        ],
    }


def _summary(risk: AccountRisk) -> dict[str, Any]:
    return {"as_of": moment(risk.as_of), "level": risk.level.value, "score": risk.score}


def moment(value: datetime) -> str:
    """A moment in ISO 8601."""
    return value.isoformat()


def _contribution(part: Contribution, limit: int | None) -> dict[str, Any]:
    return {
        "label": part.name,
        "contribution": part.points,
        "trend": part.trend,
        "evidence": [said_json(item.signal) | {"points": item.points} for item in part.evidence[:limit]],
    }


def said_json(signal: SignalFact) -> dict[str, Any]:
    """A sentence of a document, and who said it when."""
    return {
        "document_id": signal.document_id,
        "start": signal.start,
        "end": signal.end,
        "text": signal.text,
        "occurred_at": moment(signal.occurred_at),
        "speaker": signal.speaker,
        "attributes": dict(signal.attributes),
    }
