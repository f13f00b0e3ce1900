"""How mail clients mark history and headers: words by language, as data.

A phrase is plain lower-case text; ``…`` in it stands for up to 80 characters, ``*`` for the rest of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_GAP = ".{0,80}?"


def any_phrase(*tables: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the phrases, from the beginning of a word on."""
    phrases = sorted({phrase for table in tables for phrase in table}, key=lambda phrase: (-len(phrase), phrase))
    body = "|".join(re.escape(phrase).replace("…", _GAP).replace(r"\*", r"\w{0,12}") for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)


def flat(table: dict[str, tuple[str, ...]]) -> list[str]:
    """All phrases of a table by language."""
    return [phrase for phrases in table.values() for phrase in phrases]


WROTE = {
    "en": ("wrote", "writes"),
    "de": ("schrieb", "schrieb folgendes", "geschrieben", "folgendes geschrieben"),
    "fr": ("a écrit",),
    "es": ("escribió", "ha escrito"),
    "pt": ("escreveu",),
    "other": ("schreef", "het volgende geschreven", "skrev", "ha scritto", "napisał", "napisała", "napisał(a)",
              "kirjoitti", "napsal", "írta", "yazdı", "a scris"),
}  # fmt: skip
"""The verb of "On Tuesday, Dana wrote:"; it stands last, or before the name ("schrieb Dana <...>:")."""

OPENERS = {
    "en": ("on",),
    "de": ("am",),
    "fr": ("le",),
    "es": ("el",),
    "pt": ("em", "no dia", "a"),
    "other": ("op", "den", "il", "dne", "w dniu", "il giorno"),
}
"""How such a line begins."""

SEPARATORS = {
    "en": ("original message", "original appointment", "original email", "reply message", "forwarded message",
           "begin forwarded message", "begin reply message", "end forwarded message", "forwarded by"),
    "de": ("ursprüngliche nachricht", "originalnachricht", "original-nachricht", "ursprünglicher termin",
           "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "weitergeleitet von"),
    "fr": ("message d'origine", "message original", "message transféré", "message réexpédié", "e-mail d'origine",
           "début du message réexpédié", "début du message transféré", "transféré par", "mail original"),
    "es": ("mensaje original", "mensaje reenviado", "inicio del mensaje reenviado", "reenviado por"),
    "pt": ("mensagem original", "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem reencaminhada",
           "início da mensagem encaminhada", "encaminhado por"),
    "other": ("oorspronkelijk bericht", "doorgestuurd bericht", "messaggio originale", "messaggio inoltrato",
              "ursprungligt meddelande", "vidarebefordrat meddelande", "opprinnelig melding", "oprindelig meddelelse",
              "wiadomość oryginalna", "původní zpráva", "alkuperäinen viesti", "videresendt melding"),
}  # fmt: skip
"""Lines such as ``-----Original Message-----``, without their dashes."""

FORWARD_WORDS = ("forward", "weitergeleitet", "transf", "réexp", "reenvia", "encaminha", "doorgestuurd", "inoltrat",
                 "vidarebefordra", "videresendt")  # fmt: skip
FORWARD_TITLES = ("fwd:", "fw:", "wg:", "tr:", "tr :", "rv:", "enc:", "encaminhada:", "vb:", "i:", "doorst:", "vs:",
                  "vl:", "pd:")  # fmt: skip

HEADER_FIELDS = {
    "from": ("from", "von", "de", "expéditeur", "remetente", "remitente", "van", "från", "fra", "da", "mittente", "od",
             "lähettäjä", "absender"),
    "sent": ("sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "date d'envoi", "enviado", "enviado el",
             "enviado em", "enviada em", "enviada", "fecha", "data", "verzonden", "skickat", "sendt", "inviato",
             "wysłano", "dato", "odesláno", "lähetetty", "päivämäärä", "gesendet am"),
    "to": ("to", "an", "à", "a", "para", "aan", "till", "til", "destinataire", "destinatario", "do", "komu",
           "vastaanottaja", "empfänger"),
    "subject": ("subject", "betreff", "objet", "asunto", "assunto", "onderwerp", "ämne", "emne", "oggetto", "temat",
                "předmět", "aihe", "re"),
    "other": ("cc", "bcc", "kopie", "kopie (cc)", "copie à", "copie", "con copia", "cópia", "reply-to", "importance",
              "priority", "attachments", "attachment", "anlagen", "anhang", "pièces jointes", "adjuntos", "datos adjuntos",
              "anexos", "wichtigkeit", "antwort an", "répondre à", "responder a", "reply to", "message-id", "mime-version",
              "content-type", "importancia", "importância", "prioridade", "kopia", "kopi", "mailing list", "in-reply-to",
              "references", "x-mailer", "return-path", "received", "delivered-to", "thread-topic", "location", "when"),
}  # fmt: skip

FIELD_ROLE: dict[str, str] = {word: role for role, words in HEADER_FIELDS.items() for word in words}
FIELD_MAX = 22
"""The longest name of a header field."""


def separator_of(probe: str) -> str | None:
    """The words of a separator line in lower case ("original message"), or ``None``."""
    if len(probe) > 160:
        return None
    words = " ".join(probe.strip("-_*=<>~ :").lower().split())
    if words in _SEPARATORS:
        return words
    dashed = probe.startswith("--") or probe.startswith("__")
    return words if dashed and words.startswith(_SEPARATOR_STARTS) else None


def field_of(probe: str) -> str | None:
    """The role of a header line: ``from``, ``sent``, ``to``, ``subject`` or ``other``."""
    head, colon, _ = probe[: FIELD_MAX + 4].partition(":")
    return FIELD_ROLE.get(head.strip(" *_>").lower()) if colon else None


def is_forward(words: str) -> bool:
    """Whether a separator announces a forwarded message rather than the one that is answered."""
    return any(word in words for word in FORWARD_WORDS)


_SEPARATORS = frozenset(flat(SEPARATORS))
_SEPARATOR_STARTS = tuple(_SEPARATORS)
