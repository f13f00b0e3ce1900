"""What may come in, and what is said about what may not."""

from __future__ import annotations

import json

import pytest

from core.contracts import describe, parse_account, parse_document, read_json_lines
from core.entities import Kind, Side
from core.errors import DocumentError, TooLarge
from core.settings import get_settings
from tests.factories import document_json


def lines_of(*raw: bytes):
    return list(read_json_lines(raw, parse_document, name="in.jsonl"))


def test_a_document_becomes_an_entity():
    document = parse_document(document_json("Hello", participants=[{"name": "Bo", "side": "vendor"}]))
    assert (document.kind, document.author.side, document.participants[0].side) == (
        Kind.EMAIL,
        Side.ACCOUNT,
        Side.VENDOR,
    )


def test_unknown_fields_are_kept_in_metadata():
    document = parse_document(document_json(ticket_priority="high", metadata={"a": 1}))
    assert document.metadata == {"ticket_priority": "high", "a": 1}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "tweet"}, "kind"),
        ({"occurred_at": "2026-13-40"}, "occurred_at"),
        ({"occurred_at": "2026-03-02T12:00:00"}, "occurred_at"),
        ({"occurred_at": 1767000000}, "occurred_at"),
        ({"id": ""}, "id"),
        ({"text": None}, "text"),
        ({"account_id": 7}, "account_id"),
        ({"author": "Dana"}, "author"),
    ],
)
def test_what_is_wrong_is_named(changes, named):
    with pytest.raises(DocumentError) as caught:
        parse_document({**document_json(), **changes}, where="in.jsonl, line 4")
    assert str(caught.value).startswith("in.jsonl, line 4: ")
    assert named in caught.value.message


def test_a_missing_field_is_named():
    data = document_json()
    del data["account_id"]
    with pytest.raises(DocumentError, match="account_id: Field required"):
        parse_document(data)


def test_messages_never_repeat_the_text():
    with pytest.raises(DocumentError) as caught:
        parse_document({**document_json("SECRET WORDS"), "kind": "SECRET KIND"})
    assert "SECRET" not in str(caught.value)


def test_a_nul_is_refused_with_its_place():
    with pytest.raises(DocumentError, match="NUL at character 3"):
        parse_document(document_json("abc\x00def"))


def test_a_nul_in_metadata_is_refused():
    with pytest.raises(DocumentError, match="NUL"):
        parse_document(document_json(metadata={"k": "a\x00"}))


def test_a_lone_surrogate_is_refused():
    with pytest.raises(DocumentError, match="surrogate at character 2"):
        parse_document(document_json("ab\ud800"))


def test_a_document_over_the_limit_is_refused():
    with pytest.raises(TooLarge, match="the limit is"):
        parse_document(document_json("x" * (get_settings().max_document_bytes + 1)))


def test_bad_lines_are_reported_in_their_place_and_do_not_stop_the_rest():
    good = json.dumps(document_json()).encode()
    lines = lines_of(good, b"{not json", b"\xff\xfe", b"[]", b"", good)
    assert [(line.number, line.error is None) for line in lines] == [
        (1, True),
        (2, False),
        (3, False),
        (4, False),
        (6, True),
    ]
    messages = [str(line.error) for line in lines if line.error]
    assert "line 2: not valid JSON" in messages[0]
    assert "line 3: byte 1 is not UTF-8" in messages[1]
    assert "line 4: expected a JSON object, got list" in messages[2]


def test_a_byte_order_mark_is_accepted():
    assert lines_of(b"\xef\xbb\xbf" + json.dumps(document_json()).encode())[0].error is None


def test_deep_nesting_is_an_error_and_no_crash():
    assert lines_of(b'{"a":' * 100_000)[0].error is not None


def test_accounts_need_only_an_id():
    assert parse_account({"account_id": "a"}).tier is None
    with pytest.raises(DocumentError, match="arr_usd"):
        parse_account({"account_id": "a", "arr_usd": -1})


def test_describe_names_every_field():
    with pytest.raises(DocumentError) as caught:
        parse_document({"text": "x"})
    assert all(name in caught.value.message for name in ("id", "account_id", "kind", "occurred_at"))
    assert callable(describe)
