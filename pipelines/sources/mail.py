"""One mail message (RFC 5322) to one document."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from core.contracts import parse_document
from core.entities import Document
from core.errors import DocumentError
from core.ids import digest


def document_of_mail(raw: bytes, *, name: str, account_id: str | None = None) -> Document:
    """The message's own text, sender, recipients, date and subject; attachments are left out.

    Without ``account_id`` the sender's mail domain stands for the account.

    Raises:
        DocumentError: if the message has no date, no sender or no text.
    """
    message = email.message_from_bytes(raw, policy=email.policy.default)
    senders = _people(message, "from")
    if not senders:
        raise DocumentError("the message has no sender", where=name, remedy="export it with its headers")
    return parse_document(
        {
            "id": (str(message["message-id"] or "").strip("<> \t\r\n") or digest(raw)[:32])[:256],
            "source": "mail",
            "account_id": account_id or senders[0]["email"].rpartition("@")[2].lower(),
            "kind": "email",
            "occurred_at": _date(message, name),
            "title": str(message["subject"] or "") or None,
            "author": senders[0],
            "participants": [*senders, *_people(message, "to"), *_people(message, "cc")],
            "text": _body(message, name),
        },
        where=name,
    )


def _people(message: EmailMessage, header: str) -> list[dict[str, Any]]:
    values = [str(value) for value in message.get_all(header, [])]
    return [
        {"name": name or address.partition("@")[0], "email": address}
        for name, address in getaddresses(values)
        if address
    ]


def _date(message: EmailMessage, name: str) -> str:
    try:
        moment = parsedate_to_datetime(str(message["date"]))
    except (TypeError, ValueError):
        raise DocumentError("the message has no valid date", where=name, remedy="export it with its headers") from None
    # "-0000" means that the zone is not known; UTC is what the time is given in then.
    return moment.isoformat() if moment.tzinfo else moment.isoformat() + "+00:00"


def _body(message: EmailMessage, name: str) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        raise DocumentError("the message has no text", where=name)
    try:
        content = part.get_content()
    except (LookupError, UnicodeError):
        raise DocumentError(
            f"the text's character set {part.get_content_charset()!r} can't be decoded", where=name
        ) from None
    return str(content).replace("\x00", "")
