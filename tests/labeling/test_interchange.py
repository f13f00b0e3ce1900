"""Round trips through every format, files of the real packages, and hostile files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from labeling.interchange import hugging_face
from labeling.interchange.formats import Format, dump, load
from labeling.interchange.shape import Defaults, Item
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion
from tests.labeling.items import CFO, EXCEL, ITEMS, TEXT

DATA = Path(__file__).parent / "data"
JSON_FORMATS = (Format.LABEL_STUDIO, Format.ARGILLA, Format.PRODIGY, Format.DOCCANO, Format.HUGGING_FACE)

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
words = st.text(characters, min_size=1, max_size=20)
values = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(0, 1), words, st.lists(words, max_size=2))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        text = draw(st.text(characters, min_size=1, max_size=60))

        def spans(text: str = text) -> tuple[LabelledSpan, ...]:
            found = {}
            for _ in range(draw(st.integers(0, 3))):
                start = draw(st.integers(0, len(text) - 1))
                span = LabelledSpan(draw(words), start, draw(st.integers(start + 1, len(text))), {})
                found[span.label, span.start, span.end] = replace(
                    span, attributes=draw(st.dictionaries(words, values, max_size=2))
                )
            return tuple(found.values())

        suggestion = None
        if draw(st.booleans()):
            suggestion = Suggestion(spans(), draw(st.dictionaries(words, st.floats(0, 1), max_size=2)), draw(words))
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        record = Record(
            f"r-{number}", draw(words), draw(words), "email", draw(moments), text, start, end, suggestion, draw(words)
        )
        # Drafts last, as Label Studio keeps them apart.
        states = sorted(draw(st.lists(st.sampled_from(AnnotationState), max_size=3)), key=lambda s: s == "draft")
        annotations = tuple(
            Annotation(
                annotation_id=f"a-{number}-{at}",
                record_id=record.record_id,
                annotator=f"p{at}@example.com",
                state=state,
                spans=spans(),
                guideline_version=draw(words),
                made_at=draw(moments),
                seconds=draw(st.none() | st.floats(0, 1e6)),
                reason=draw(st.none() | words),
                comment=draw(st.none() | words),
            )
            for at, state in enumerate(states)
        )
        made.append(Item(record, annotations))
    return made


@pytest.mark.parametrize("form", [Format.LABEL_STUDIO, Format.PRODIGY, Format.CSV, Format.HUGGING_FACE])
@settings(max_examples=40, deadline=None)
@given(items())
def test_a_round_trip_loses_nothing(form, made):
    loaded = load(dump(made, form).content, form, name="file")
    assert loaded.problems == ()
    assert list(loaded.items) == made


@settings(max_examples=40, deadline=None)
@given(items())
def test_argilla_keeps_all_but_ids_times_and_guidelines(made):
    people = tuple(annotation.annotator for item in made for annotation in item.annotations)
    loaded = load(dump(made, Format.ARGILLA).content, Format.ARGILLA, name="file", defaults=Defaults(people=people))
    assert loaded.problems == ()
    for item, back in zip(made, loaded.items, strict=True):
        assert replace(back.record, suggestion=None) == replace(item.record, suggestion=None)
        for one, other in zip(item.annotations, back.annotations, strict=True):
            assert (one.annotator, one.state, one.spans) == (other.annotator, other.state, other.spans)
            assert (one.reason, one.comment) == (other.reason, other.comment)
        if item.record.suggestion:
            assert back.record.suggestion == item.record.suggestion


@settings(max_examples=40, deadline=None)
@given(items())
def test_doccano_keeps_all_but_attributes_and_suggested_spans(made):
    loaded = load(dump(made, Format.DOCCANO).content, Format.DOCCANO, name="file")
    assert loaded.problems == ()
    for item, back in zip(made, loaded.items, strict=True):
        bare = [
            replace(one, spans=tuple(replace(span, attributes={}) for span in one.spans)) for one in item.annotations
        ]
        assert list(back.annotations) == bare
        if item.record.suggestion:
            assert back.record == replace(item.record, suggestion=replace(item.record.suggestion, spans=()))


@pytest.mark.parametrize("form", list(Format))
def test_what_a_format_cannot_hold_is_said(form):
    silent = form in (Format.CSV, Format.HUGGING_FACE)
    assert bool(dump(ITEMS, form).notes) is not silent
    assert dump([], form).notes == ()


def test_a_label_studio_task_of_its_sdk_is_read():
    loaded = load((DATA / "label_studio_sdk.json").read_bytes(), Format.LABEL_STUDIO, name="sdk.json")
    assert (loaded.problems, loaded.notes) == ((), ())
    (item,) = loaded.items
    (annotation,) = item.annotations
    assert (annotation.annotator, annotation.seconds, annotation.comment) == ("7", 4.25, "clear")
    assert [(span.label, span.start, span.end) for span in annotation.spans] == [
        (span.label, span.start, span.end) for span in (CFO, EXCEL)
    ]
    assert item.record.suggestion.model_version == "m-1"


def test_records_that_argilla_wrote_are_read():
    people = tuple(annotation.annotator for annotation in ITEMS[0].annotations)
    defaults = Defaults(people=people)
    loaded = load((DATA / "argilla_sdk.json").read_bytes(), Format.ARGILLA, name="argilla.json", defaults=defaults)
    assert loaded.problems == ()
    assert loaded.notes == ("a response without a status is taken as submitted (8 times)",)
    assert [item.record for item in loaded.items] == [item.record for item in ITEMS]
    assert [one.spans for one in loaded.items[0].annotations] == [one.spans for one in ITEMS[0].annotations]
    assert [one.annotator for one in loaded.items[0].annotations] == list(people)


def test_rows_that_datasets_wrote_are_read():
    loaded = load((DATA / "datasets.jsonl").read_bytes(), Format.HUGGING_FACE, name="datasets.jsonl")
    assert loaded.problems == ()
    assert loaded.items == ITEMS


def test_a_folder_is_written_and_read(tmp_path):
    hugging_face.write_folder(tmp_path / "out", {"test": ITEMS[1:], "train": ITEMS[:1]})
    loaded = hugging_face.read_folder(tmp_path / "out", Defaults())
    assert loaded.items == (ITEMS[1], ITEMS[0])
    with pytest.raises(InputError, match="not empty"):
        hugging_face.write_folder(tmp_path / "out", {"train": ITEMS})
    with pytest.raises(InputError, match="holds no JSON Lines"):
        hugging_face.read_folder(tmp_path / "out" / "nothing", Defaults())


SERVER = {
    "items": [
        {
            "id": "9e6c",
            "external_id": "note-17",
            "fields": {"text": TEXT},
            "metadata": {"account_id": "acme"},
            "suggestions": [
                {"question_id": "q", "value": [{"label": "x", "start": 0, "end": 4}], "score": [0.8], "agent": "m"}
            ],
            "responses": [
                {
                    "id": "answer-1",
                    "user_id": "u",
                    "status": "discarded",
                    "updated_at": "2026-03-02T09:30:00Z",
                    "values": {"signals": {"value": ["workaround"]}, "comment": {"value": "hm"}},
                }
            ],
        }
    ]
}


def test_what_argillas_server_answers_is_read():
    (item,) = load(json.dumps(SERVER).encode(), Format.ARGILLA, name="page.json").items
    (annotation,) = item.annotations
    assert (item.record.record_id, item.record.suggestion.spans[0].end) == ("note-17", 4)
    assert (annotation.annotation_id, annotation.state, annotation.comment) == ("answer-1", "skipped", "hm")
    assert annotation.spans == (LabelledSpan("workaround", 0, len(TEXT), {}),)
    assert annotation.made_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_prodigys_binary_and_choice_answers_are_joined():
    lines = [
        {"text": "one", "label": "A", "answer": "accept", "_annotator_id": "kim"},
        {"text": "one", "label": "B", "answer": "reject", "_annotator_id": "kim"},
        {"text": "two", "options": [{"id": "A"}, {"id": "B"}], "accept": ["A", "B"], "answer": "accept"},
        {"text": "three", "spans": [{"start": 0, "end": 5, "label": "A"}], "answer": "reject"},
        {"text": "four", "spans": [{"start": 0, "end": 4, "label": "A"}], "answer": "accept", "_timestamp": 0},
    ]
    loaded = load("\n".join(map(json.dumps, lines)).encode(), Format.PRODIGY, name="p.jsonl")
    answers = [item.annotations[0] for item in loaded.items]
    assert [[span.label for span in answer.spans] for answer in answers] == [["A"], ["A", "B"], ["A"], ["A"]]
    assert [answer.state for answer in answers] == ["submitted", "submitted", "skipped", "submitted"]
    assert (answers[0].annotator, answers[3].made_at) == ("kim", datetime(1970, 1, 1, tzinfo=UTC))
    assert len(loaded.notes) == 2


def test_doccanos_own_forms_are_read():
    lines = [
        {"id": 1, "text": "Terrible customer service.", "label": ["negative"], "Comments": ["really"]},
        {"id": 2, "text": "EU rejects German call", "label": [[0, 2, "ORG"], [11, 17, "MISC"]]},
        {"id": 3, "text": "Find a flight", "entities": [[0, 4, "City"]], "cats": ["flight"]},
        {"id": 4, "text": "EU", "entities": [{"id": 1, "label": "ORG", "start_offset": 0, "end_offset": 2}]},
        {"id": 5, "text": "Nothing yet", "label": []},
    ]
    loaded = load("\n".join(map(json.dumps, lines)).encode(), Format.DOCCANO, name="d.jsonl")
    found = [[(s.label, s.start, s.end) for a in item.annotations for s in a.spans] for item in loaded.items]
    assert found[:2] == [[("negative", 0, 26)], [("ORG", 0, 2), ("MISC", 11, 17)]]
    assert found[2:] == [[("City", 0, 4), ("flight", 0, 13)], [("ORG", 0, 2)], []]
    assert loaded.items[0].annotations[0].comment == "really"
    assert loaded.items[4].annotations == ()


def test_a_plain_table_of_texts_and_labels_is_read():
    loaded = load(b"text,label\none,A#B\ntwo,\n", Format.CSV, name="t.csv")
    assert [len(item.annotations) for item in loaded.items] == [1, 0]
    assert [span.label for span in loaded.items[0].annotations[0].spans] == ["A", "B"]


def test_a_spreadsheet_gets_no_formula():
    formula = '=HYPERLINK("http://x")'
    item = Item(replace(ITEMS[1].record, text=formula, start=0, end=len(formula)))
    content = dump([item], Format.CSV).content
    assert b"'=HYPERLINK" in content
    assert load(content, Format.CSV, name="t.csv").items == (item,)


def test_offsets_in_utf_16_units_are_told_by_the_quoted_words():
    shifted = {"start": CFO.start + 1, "end": CFO.end + 1, "text": TEXT[CFO.start : CFO.end], "labels": ["A"]}
    result = [{"id": "1", "from_name": "signal", "type": "labels", "value": shifted}]
    task = {"data": {"text": TEXT}, "annotations": [{"completed_by": 1, "result": result}]}
    loaded = load(json.dumps(task).encode(), Format.LABEL_STUDIO, name="t.json")
    assert loaded.items[0].annotations[0].spans[0].start == CFO.start
    assert loaded.notes == ("offsets counted in UTF-16 units were turned into code points",)
    shifted["text"] = "other words"
    (problem,) = load(json.dumps(task).encode(), Format.LABEL_STUDIO, name="t.json").problems
    assert problem.where == "t.json, line 1, annotation 1, region 1"


BROKEN = {
    "a span past the end": ({"text": "abc", "label": [[0, 9, "A"]]}, "does not lie in the text"),
    "a span that is turned": ({"text": "abc", "label": [[2, 1, "A"]]}, "does not lie in the text"),
    "true for an offset": ({"text": "abc", "label": [[True, 2, "A"]]}, "must be whole numbers"),
    "no text": ({"label": ["A"]}, "text must be a string"),
    "a text that is none": ({"text": ["abc"]}, "text must be a string"),
    "an empty label": ({"text": "abc", "label": [[0, 1, ""]]}, "a label must be"),
    "a NUL": ({"text": "a\x00c"}, "NUL at character 1"),
    "half a surrogate pair": ({"text": "a\ud800"}, "lone surrogate"),
    "a kind that is none": ({"text": "abc", "kind": "tweet"}, "kind must be one of"),
    "a time that is none": ({"text": "abc", "label": ["A"], "made_at": "yesterday"}, "made_at must be"),
    "a state that is none": ({"text": "abc", "label": ["A"], "state": "done"}, "state must be one of"),
    "endless seconds": ({"text": "abc", "label": ["A"], "seconds": float("inf")}, "seconds must be a finite"),
    "a passage past the end": ({"text": "abc", "end": 4}, "a passage within"),
    "too many spans": ({"text": "abc", "label": [[0, 1, "A"]] * 1001}, "1,001 spans"),
    "no object": (["abc"], "expected a JSON object"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_hostile_line_is_named_and_does_not_keep_the_rest_out(name):
    line, message = BROKEN[name]
    content = json.dumps({"text": "fine", "label": ["A"]}) + "\n\n" + json.dumps(line) + "\n"
    loaded = load(content.encode(), Format.DOCCANO, name="d.jsonl")
    (problem,) = loaded.problems
    assert len(loaded.items) == 1
    assert message in problem.message
    assert problem.where.startswith("d.jsonl, line 3")
    assert "abc" not in str(problem)


ARRAYS = {
    b"": ("holds nothing", "a.json"),
    b'[{"data": {"text": "x"}},\n {"data": {"text": "y"}}': ("the JSON array is not closed", "a.json, line 2"),
    b'[{"data": {"text": "x"}},\n {"data": {"text": }}]': ("not valid JSON at column 20", "a.json, line 2"),
    b'[\n{"data": 7}]': ("expected a JSON object, got int", "a.json, line 2, element 1, data"),
    b'{"data": {"text": "x"}} {}': ("something stands after the JSON value", "a.json, line 1"),
    b'[{"data": {"text": "x", "start": NaN}}]': ("JSON is nested too deeply or holds an impossible number",
                                                  "a.json, line 1, element 1"),
    b'{"text": "flat"}': ("a task needs data", "a.json, line 1"),
    b'{"data": {"text": "\xff"}}': ("is not UTF-8", "a.json, line 1"),
    b"[" * 100_000: ("JSON is nested too deeply or holds an impossible number", "a.json, line 1, element 1"),
}  # fmt: skip


@pytest.mark.parametrize("content", list(ARRAYS), ids=lambda content: content[:24])
def test_a_broken_array_says_where(content):
    problem = load(content, Format.LABEL_STUDIO, name="a.json").problems[-1]
    assert (problem.message, problem.where) == ARRAYS[content]


def test_an_empty_array_holds_nothing_and_is_fine():
    loaded = load(b" [ ] \n", Format.LABEL_STUDIO, name="a.json")
    assert (loaded.items, loaded.problems) == ((), ())


TABLES = {
    b"a,b\n1,2\n": ("needs a column named text", "t.csv, line 1"),
    b"text,label\nx\n": ("has another number of cells than the 2 columns", "t.csv, line 2"),
    b"row,record_id,text\nspan,r,\n": ("belongs to a record that no earlier line holds", "t.csv, line 2"),
    b"row,record_id,text,start\nrecord,r,x,one\n": ("start must be a whole number", "t.csv, line 2"),
    b'text,label\nx,"open\n': ("not valid CSV: unexpected end of data", "t.csv, line 2"),
    b"text,label\n\xff,A\n": ("is not UTF-8", "t.csv, line 2"),
}


@pytest.mark.parametrize("content", list(TABLES), ids=lambda content: content[:24])
def test_a_broken_table_says_where(content):
    (problem,) = load(content, Format.CSV, name="t.csv").problems
    assert (problem.message, problem.where) == TABLES[content]


@pytest.mark.parametrize("form", list(Format))
@settings(max_examples=60, deadline=timedelta(seconds=2))
@given(st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
       lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
           ["text", "data", "fields", "annotations", "result", "label", "spans", "value", "start", "end", "responses",
            "suggestions", "answer", "metadata", "foreshock", "record", "signals"]), inner, max_size=4),
       max_leaves=12).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_content_breaks_a_reader(form, content):
    try:
        problems = load(content, form, name="x").problems
    except InputError as error:
        problems = (error,)
    assert all(problem.where for problem in problems)
