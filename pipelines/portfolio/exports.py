"""Accounts as rows for other systems: the names of fields that each expects, and nothing that it would refuse.

    gainsight   Company records for upsert; custom fields end in ``__gc``
    churnzero   ``setAttribute`` calls; keyed by the account's external id
    vitally     account traits, under names that it takes as they are
    planhat     company upserts; custom fields under ``custom``
    plain       one flat row, for spreadsheets and warehouses

The shapes follow the vendors' public documentation; field names of custom fields are yours to create there first
(docs/portfolio.md).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

_LABEL_FIELDS = ("competitive_mention", "vendor_consolidation", "workaround", "unbuilt_feature_request")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
EVIDENCE_MAX = 500
"""Characters of the strongest sentence; text fields of the systems are limited."""

Row = dict[str, Any]


class Shape(StrEnum):
    """Whose fields."""

    PLAIN = "plain"
    GAINSIGHT = "gainsight"
    CHURNZERO = "churnzero"
    VITALLY = "vitally"
    PLANHAT = "planhat"


class Format(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"
    CSV = "csv"


def facts(account: Mapping[str, Any]) -> Row:
    """What is told of an account, flat; ``account`` is as lists show it."""
    risk = account["risk"] or {}
    drivers = {driver["label"]: driver for driver in risk.get("drivers", ())}
    strongest = max(
        (item for driver in drivers.values() for item in driver["evidence"]),
        key=lambda item: item["points"],
        default=None,
    )
    action = min(risk.get("recommended_actions", ()), key=lambda step: step["due"], default=None)
    row: Row = {
        "account_id": account["account_id"],
        "account_name": account["account_name"],
        "risk_level": risk.get("level"),
        "risk_score": risk.get("score"),
        "risk_change_30d": account["change"],
        "risk_as_of": risk["as_of"][:10] if risk else None,
        "risk_drivers": "; ".join(drivers),
    }
    row |= {f"points_{label}": drivers[label]["contribution"] if label in drivers else 0.0 for label in _LABEL_FIELDS}
    row["evidence"] = " ".join(strongest["text"].split())[:EVIDENCE_MAX] if strongest else None
    row["evidence_on"] = strongest["occurred_at"][:10] if strongest else None
    row["next_action"] = action["action"] if action else None
    row["next_action_owner"] = action["owner"] if action else None
    row["next_action_due"] = action["due"] if action else None
    return row


def _gainsight(row: Row) -> Row:
    own = {_pascal(key) + "__gc": value for key, value in row.items() if key not in ("account_id", "account_name")}
    return {"Name": row["account_name"] or row["account_id"], "Foreshock_Account_Id__gc": row["account_id"], **own}


def _churnzero(row: Row) -> Row:
    attributes = {
        "attr_" + _pascal(key): value for key, value in row.items() if key not in ("account_id", "account_name")
    }
    return {"action": "setAttribute", "entity": "account", "accountExternalId": row["account_id"], **attributes}


def _vitally(row: Row) -> Row:
    traits = {f"foreshock_{key}": value for key, value in row.items() if key not in ("account_id", "account_name")}
    return {"externalId": row["account_id"], "name": row["account_name"] or row["account_id"], "traits": traits}


def _planhat(row: Row) -> Row:
    custom = {
        "Foreshock " + key.replace("_", " "): value
        for key, value in row.items()
        if key not in ("account_id", "account_name")
    }
    return {"externalId": row["account_id"], "name": row["account_name"] or row["account_id"], "custom": custom}


def _pascal(key: str) -> str:
    return "Foreshock_" + "_".join(word.capitalize() for word in key.split("_"))


_SHAPES: dict[Shape, Callable[[Row], Row]] = {
    Shape.PLAIN: dict,
    Shape.GAINSIGHT: _gainsight,
    Shape.CHURNZERO: _churnzero,
    Shape.VITALLY: _vitally,
    Shape.PLANHAT: _planhat,
}


def rows(accounts: Iterable[Mapping[str, Any]], shape: Shape) -> Iterator[Row]:
    """Accounts in a shape."""
    return (_SHAPES[shape](facts(account)) for account in accounts)


def written(found: Iterable[Row], form: Format) -> Iterator[str]:
    """Rows as text, a line at a time; in CSV what is nested is named with a dot, and no cell can be a formula."""
    if form is Format.JSONL:
        yield from (json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        return
    writer: Any = None
    buffer = io.StringIO()
    for row in found:
        flat = dict(_flat(row))
        if writer is None:
            writer = csv.DictWriter(buffer, fieldnames=list(flat))
            writer.writeheader()
        writer.writerow({key: _harmless(value) for key, value in flat.items()})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _flat(row: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _harmless(value: Any) -> Any:
    """Spreadsheets run what begins with such a sign; customer text must not."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value
