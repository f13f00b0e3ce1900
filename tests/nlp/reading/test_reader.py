"""Reading documents: whose words, what is skipped, and that no character is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.entities import Kind, Participant, Side, SkipReason
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from tests.factories import make_document

OWN = OwnSide(names=("Acmesoft",), product_names=("Acme Board",), domains=("acmesoft.example",))


def sentences(text: str, **changes) -> list[str]:
    document = make_document(text, **changes)
    return [sentence.span.of(text) for sentence in read(document, OWN).sentences]


def skipped(text: str, **changes) -> dict[SkipReason, str]:
    found: dict[SkipReason, str] = {}
    for item in read(make_document(text, **changes), OWN).skipped:
        found[item.reason] = found.get(item.reason, "") + item.span.of(text)
    return found


def test_quoted_lines_are_history():
    text = "We stay.\n\nOn Tue, 3 Mar 2026 at 10:00, Bo Lind <bo@acmesoft.example> wrote:\n> Are you leaving us?\n> Bo"
    assert sentences(text) == ["We stay."]
    assert "leaving" in skipped(text)[SkipReason.QUOTED_HISTORY]


def test_answers_between_and_below_quotes_are_read():
    text = "On 3 March, Bo Lind wrote:\n> Do you use Excel?\n\nYes, every Friday.\n\n> And Sheets?\nNo."
    assert sentences(text) == ["Yes, every Friday.", "No."]


@pytest.mark.parametrize(
    "header",
    [
        "From: Bo Lind\nSent: Tuesday, 3 March 2026 10:00\nTo: Dana Whitfield\nSubject: Renewal",
        "Von: Bo Lind\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Dana Whitfield\nBetreff: Verlängerung",
        "De : Bo Lind\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Dana Whitfield\nObjet : Renouvellement",
        "De: Bo Lind\nEnviado el: martes, 3 de marzo de 2026 10:00\nPara: Dana Whitfield\nAsunto: Renovación",
        "De: Bo Lind\nEnviada em: terça-feira, 3 de março de 2026 10:00\nPara: Dana Whitfield\nAssunto: Renovação",
    ],
)
def test_outlook_blocks_are_history_in_five_languages(header):
    assert sentences(f"Agreed.\n\n{header}\n\nAre you looking at other vendors?") == ["Agreed."]


@pytest.mark.parametrize(
    "intro",
    [
        "On Tue, Mar 3, 2026 at 10:00 AM Bo Lind <bo@acmesoft.example> wrote:",
        "Am Di., 3. März 2026 um 10:00 Uhr schrieb Bo Lind <bo@acmesoft.example>:",
        "Le mar. 3 mars 2026 à 10:00, Bo Lind <bo@acmesoft.example> a écrit :",
        "El mar, 3 mar 2026 a las 10:00, Bo Lind (<bo@acmesoft.example>) escribió:",
        "Em ter., 3 de mar. de 2026 às 10:00, Bo Lind <bo@acmesoft.example> escreveu:",
        "On Tue, Mar 3, 2026 at 10:00 AM Bo Lind\n<bo@acmesoft.example> wrote:",
    ],
)
def test_reply_intros_are_history_in_five_languages_and_wrapped(intro):
    assert sentences(f"Agreed.\n\n{intro}\n\n> Are you looking at other vendors?") == ["Agreed."]


def test_a_forwarded_message_is_skipped_and_the_comment_on_top_is_read():
    text = "See below, please handle.\n\n---------- Forwarded message ---------\nFrom: CFO\nSubject: cuts\n\nWe cut all tools."
    assert sentences(text) == ["See below, please handle."]
    assert "We cut" in skipped(text)[SkipReason.FORWARDED]


@pytest.mark.parametrize(
    "ending",
    [
        "-- \nDana Whitfield\nHead of Operations, formerly Oracle",
        "Best regards,\nDana Whitfield\nHead of Operations\nT +44 20 7946 0011 | www.northgate.example",
        "Mit freundlichen Grüßen\nDana Whitfield",
        "Cordialement,\nDana Whitfield\nDirectrice",
        "Sent from my iPhone",
        "Thanks!\nDana",
    ],
)
def test_signatures_are_skipped(ending):
    text = f"We need the report by Friday.\n\n{ending}"
    assert sentences(text) == ["We need the report by Friday."]
    assert SkipReason.SIGNATURE in skipped(text)


def test_a_postscript_behind_the_signature_is_read():
    assert sentences("All good.\n\nBest,\nDana\n\nPS: we saw a demo of Deputy.")[-1] == "PS: we saw a demo of Deputy."


def test_a_disclaimer_is_skipped():
    text = "All good.\n\nThis e-mail is confidential and intended solely for the addressee. If you have received it in error, delete it."
    assert sentences(text) == ["All good."]
    assert SkipReason.DISCLAIMER in skipped(text)


def test_an_auto_reply_is_skipped_whole():
    text = "I am out of the office until 12 March.\nFor urgent matters contact Bo.\nDana"
    assert sentences(text, title="Automatic reply: Renewal") == []
    assert SkipReason.AUTO_REPLY in skipped(text, title="Automatic reply: Renewal")


def test_a_ticket_thread_gives_each_comment_its_side():
    text = (
        "--- Anke Brühl, 22.01.2026 08:41\nThe export fails.\n\n"
        "--- Marek Dvorak (Acmesoft Support), 22.01.2026 10:15\nPlease try again.\n\n"
        "2026-01-22T05:02:11Z ERROR code=500\nYour request has been received.\n"
    )
    people = (Participant("Anke Brühl", side=Side.ACCOUNT),)
    document = make_document(text, kind=Kind.SUPPORT_TICKET, author=people[0], participants=people)
    found = [(sentence.speaker.side, sentence.span.of(text)) for sentence in read(document, OWN).sentences]
    assert found == [(Side.ACCOUNT, "The export fails."), (Side.VENDOR, "Please try again.")]
    reasons = skipped(text, kind=Kind.SUPPORT_TICKET, author=people[0], participants=people)
    assert "ERROR" in reasons[SkipReason.LOG_OR_CODE]
    assert "Your request" in reasons[SkipReason.MACRO]


def test_comments_behind_a_time_and_a_dash_belong_to_whom_they_name():
    people = (Participant("Nasim Bashforth", side=Side.ACCOUNT), Participant("Zoltana Kereki", side=Side.VENDOR))
    text = "NB 09/07/26 08:40 — Do people have to set it up again?\nZK 09/07/26 08:55 — No, alias first.\nNB 09/07/26 09:02 — And the 2 who married"
    document = make_document(text, kind=Kind.SUPPORT_TICKET, author=people[0], participants=people)
    found = [(sentence.speaker.side, sentence.span.of(text)) for sentence in read(document, OWN).sentences]
    assert found == [
        (Side.ACCOUNT, "Do people have to set it up again?"),
        (Side.VENDOR, "No, alias first."),
        (Side.ACCOUNT, "And the 2 who married"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Merged, 34 people, the older one's approvers kept. For the night sister: she has two.",
        "Split. They've asked if they can have the same desk.",
        "Peadar, looking at it now. Please don't touch the document.",
    ],
)
def test_what_is_said_is_no_speaker_however_it_is_punctuated(said):
    people = (Participant("Nuria Baldrich", side=Side.VENDOR),)
    text = f"Nuria Baldrich (Acmesoft) 27/02/2026 11:31\n{said}\n"
    document = make_document(text, kind=Kind.SUPPORT_TICKET, author=people[0], participants=people)
    assert " ".join(sentence.span.of(text) for sentence in read(document, OWN).sentences) == said


def test_transcript_turns_have_speakers_and_cues_are_skipped():
    text = "[00:00:01] Priya Raman: How is it going?\n[00:00:05] Dana Whitfield: fine we\n[00:00:07] Dana Whitfield: looked at Deputy\n"
    people = (Participant("Priya Raman", side=Side.VENDOR), Participant("Dana Whitfield", side=Side.ACCOUNT))
    reading = read(make_document(text, kind=Kind.CALL_TRANSCRIPT, participants=people, author=people[0]), OWN)
    found = [(sentence.speaker.side, sentence.span.of(text), sentence.block) for sentence in reading.sentences]
    assert [item[:2] for item in found] == [
        (Side.VENDOR, "How is it going?"),
        (Side.ACCOUNT, "fine we"),
        (Side.ACCOUNT, "looked at Deputy"),
    ]
    assert found[1][2] == found[2][2] != found[0][2]


def test_run_on_speech_is_parted_at_new_statements():
    text = (
        "so yeah we had the big review last week with everybody from the region in the room and it was long and then our new "
        "director said that he wants to see what else is out there before we sign anything again but i told him that we are "
        "quite happy with how it works today and the team would not like it"
    )
    found = sentences(
        f"Dana: {text}", kind=Kind.CALL_TRANSCRIPT, participants=(Participant("Dana", side=Side.ACCOUNT),)
    )
    assert len(found) >= 3
    assert " ".join(found) == text


def test_bullets_attendees_and_headings_of_notes():
    text = "Attendees: Dana (COO), me\n\n## Topics\n- renewal ok\n- Excel again, e.g. for agency hours\n-> AI: send template"
    assert sentences(text, kind=Kind.MEETING_NOTE) == [
        "renewal ok",
        "Excel again, e.g. for agency hours",
        "AI: send template",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We met at 10 a.m. on Monday. It was fine.", ["We met at 10 a.m. on Monday.", "It was fine."]),
        ("Dr. Smith uses v2.3 of it. ok?", ["Dr. Smith uses v2.3 of it.", "ok?"]),
        ("we tried it. it broke. sad", ["we tried it.", "it broke.", "sad"]),
        ("What? No! Fine…", ["What?", "No!", "Fine…"]),
    ],
)
def test_sentence_boundaries(text, expected):
    assert sentences(text) == expected


def test_wrapped_lines_are_one_sentence():
    text = "We have decided that from now on every team has to justify\nwhat it pays for software."
    assert sentences(text) == [text]


def test_another_language_is_named_and_skipped():
    text = "Guten Tag, leider funktioniert der Export seit gestern nicht mehr und wir brauchen ihn dringend für den Abschluss."
    reading = read(make_document(text), OWN)
    assert (reading.sentences, reading.coverage.language) == ((), "de")
    assert reading.coverage.skipped[SkipReason.LANGUAGE] == len(text)
    assert "de" in reading.coverage.notes[0]


def test_english_by_people_of_other_languages_is_read():
    assert sentences(
        "I make the file with hand every week because in the program is not possible, Grüße aus Köln, Jürgen."
    )


def test_html_is_read_in_place():
    text = "<html><body><p>We use <b>Excel</b> &amp; hope.</p><blockquote>Are you leaving?</blockquote></body></html>"
    assert sentences(text) == ["We use <b>Excel</b> &amp; hope."]
    assert "leaving" in skipped(text)[SkipReason.QUOTED_HISTORY]


def test_prose_with_angle_brackets_is_no_html():
    assert sentences("If a < b then we export, and if b > c we don't.") == [
        "If a < b then we export, and if b > c we don't."
    ]


def test_a_mail_domain_tells_the_side():
    people = (Participant("Bo", email="bo@acmesoft.example"),)
    reading = read(make_document("All fine.", author=people[0]), OWN)
    assert reading.sentences[0].speaker.side is Side.VENDOR


STRANGE = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("\r\n\t >:-.!?<>&|\u200b\u200f\u202e\ufeff😀𝒳\u2028")
    ),
    max_size=400,
)
SHAPED = st.lists(
    st.one_of(
        STRANGE,
        st.sampled_from(
            ["> quoted", "On 3 March Bo wrote:", "From: a", "To: b", "Subject: c", "-- ", "[00:00:01] Bo: hi", "Bo: hello", "- item",
             "Best regards,", "<div>", "</div>", "<blockquote>", "```", "Ticket closed", "\r"]
        ),
    ),
    max_size=12,
).map("\r\n".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(STRANGE, SHAPED), kind=st.sampled_from(list(Kind)))
def test_every_character_is_in_one_sentence_or_one_reason(text, kind):
    reading = read(make_document(text, kind=kind, participants=(Participant("Bo", side=Side.VENDOR),)), OWN)
    owner = [0] * len(text)
    for span in [sentence.span for sentence in reading.sentences] + [item.span for item in reading.skipped]:
        assert 0 <= span.start < span.end <= len(text)
        for index in range(span.start, span.end):
            owner[index] += 1
    assert max(owner, default=0) <= 1
    assert reading.coverage.read + sum(reading.coverage.skipped.values()) == reading.coverage.characters == len(text)
    assert list(reading.sentences) == sorted(reading.sentences, key=lambda sentence: sentence.span.start)
    for sentence in reading.sentences:
        assert sentence.span.of(text).strip() == sentence.span.of(text)
        assert len(sentence.span) <= 400


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "word " * 200_000, "> " * 300_000, "<div " * 100_000, "Bo: " * 200_000, "On " * 200_000, "&nbsp;" * 100_000, "(" * 500_000,
     "\n" * 300_000, "- " * 200_000, "12:00 " * 100_000, "a.b@c " * 100_000],
    ids=["letters", "words", "quotes", "tags", "names", "on", "entities", "brackets", "breaks", "bullets", "times", "mails"],
)  # fmt: skip
def test_hostile_megabytes_are_read_in_seconds(text, kind):
    reading = read(make_document(text, kind=kind), OWN)
    assert reading.coverage.characters == len(text)
