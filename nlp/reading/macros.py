"""Boilerplate of help desks: notification frames, automatic status lines, canned sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Sentence, Side, Skipped, SkipReason
from nlp.reading.lines import Line
from nlp.reading.markers import any_phrase

FRAMES = ("##- please type", "## please type", "##- bitte", "## reply above", "please type your reply above",
          "please reply above this line", "reply above this line", "--- reply above", "-- reply above",
          "-- please reply above", "- please reply above", "--- please reply above", "to add additional comments, reply",
          "to add additional comments", "this email is a service from", "delivered by zendesk", "powered by zendesk",
          "view request ·", "view request", "turn off this request's notifications", "this is shared with",
          "powered by jira", "powered by freshdesk", "powered by intercom", "sent via intercom", "you received a new message from",
          "reply to this email or view", "view the conversation in", "view this ticket", "view ticket:", "ticket url:",
          "you can reply to this email", "do not modify the subject", "[ref:", "ref:_", "ref:msg", "{#hs:",
          "bitte antworten sie oberhalb", "merci de répondre au-dessus", "responda por encima", "please do not edit below",
          "thread id:", "case link:", "you are registered as a cc", "you are an agent. add a comment")  # fmt: skip
"""How lines begin that a ticket system puts around a message."""

CANNED = ("thank you for contacting…support", "thanks for contacting…support", "thank you for contacting us",
          "thanks for contacting us", "thank you for reaching out to", "thanks for reaching out to", "thank you for getting in touch with",
          "thanks for getting in touch with", "thank you for your patience", "thanks for your patience", "thank you for your request",
          "your ticket has been", "your request has been", "your case has been", "your ticket was", "your request was", "your case was",
          "your ticket (…has been", "your request (…has been", "your ticket #…has been", "your request #…has been",
          "your case #…has been", "a ticket has been created", "a new ticket has been", "ticket #…has been",
          "request #…has been", "case #…has been", "this ticket has been", "this ticket was",
          "this ticket will be", "this case has been", "this conversation has been", "this request has been",
          "we have received your", "we've received your", "we received your request", "one of our agents will", "an agent will",
          "a member of our team will", "a member of our support", "our team will get back", "we will get back to you within",
          "we'll get back to you within", "we aim to respond", "our support hours", "our office hours", "our business hours",
          "our hours are", "please rate", "please take a moment to rate", "please take a moment to tell", "rate this",
          "how would you rate", "how did we do", "how was the support", "how was your experience", "how satisfied are you",
          "was this helpful", "was this article helpful", "did this answer your question", "we'd love to hear what you think",
          "please do not reply to this", "please don't reply to this", "this is an automated", "this is an automatic",
          "this message was sent automatically", "is there anything else i can help", "is there anything else we can help",
          "don't hesitate to reach out", "don't hesitate to contact", "please do not hesitate to contact",
          "feel free to reach out if you have any", "reply to this email to reopen", "reply to reopen", "to reopen this",
          "if we don't hear from you", "if we do not hear from you", "we haven't heard back from you", "we have not heard back from you",
          "status changed", "priority changed", "status set to", "assigned to", "assignee changed", "tags added", "ticket merged",
          "merged into", "merged with", "marked as solved", "marked as resolved")  # fmt: skip
"""How canned sentences begin, after a greeting perhaps."""

_STATUS = re.compile(
    r"(?:status|priority|assignee|tags?|group|ticket|case|type|state|sla|csat|satisfaction|severity|queue)\b.{0,40}?(?:→|->|=>|changed|set to|:).{0,80}$"
    r"|[\w.' -]{2,40} (?:joined|left) (?:the )?(?:channel|conversation|chat|meeting|call)\.?$"
    r"|[\w.' -]{2,40} (?:changed|set|updated|added) (?:the )?(?:status|priority|assignee|tags?|group|type)\b.{0,80}$"
    r"|(?:very )?(?:good|great|okay|bad|terrible|satisfied|unsatisfied|good, i'm satisfied|bad, i'm unsatisfied)(?: \||$)",
    re.IGNORECASE,
)
_GREETING = re.compile(r"(?:hi|hello|dear|hey|good (?:morning|afternoon|day))\b[^,.!:]{0,40}[,.!:]\s+", re.IGNORECASE)
_CANNED = any_phrase(CANNED)
_SENTENCE_MAX = 260


def mark_frames(lines: Sequence[Line]) -> bool:
    """Mark the frame of a notification mail; whether there was one."""
    framed = False
    for line in lines:
        if line.reason is None and line.probe.lower().lstrip("*_> ").startswith(FRAMES) and len(line.probe) < 200:
            line.skip(SkipReason.MACRO)
            framed = True
    return framed


def is_canned(text: str) -> bool:
    """Whether a sentence is one that help desks send by the thousand."""
    if len(text) > _SENTENCE_MAX:
        return False
    words = text.strip("*_- ")
    greeting = _GREETING.match(words)
    at = greeting.end() if greeting else 0
    return bool(_CANNED.match(words, at) or _STATUS.match(words, at))


def part_canned(text: str, sentences: Sequence[Sentence]) -> tuple[list[Sentence], list[Skipped]]:
    """Take canned sentences out, unless the account wrote them."""
    kept: list[Sentence] = []
    canned: list[Skipped] = []
    for sentence in sentences:
        if sentence.speaker.side is not Side.ACCOUNT and is_canned(sentence.span.of(text)):
            canned.append(Skipped(sentence.span, SkipReason.MACRO))
        else:
            kept.append(sentence)
    return kept, canned
