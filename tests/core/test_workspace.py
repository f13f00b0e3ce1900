"""workspace.toml: small, checked, with errors that say where."""

from __future__ import annotations

import pytest

from core.errors import WorkspaceError
from core.workspace import load_workspace, parse_workspace


def test_a_workspace_is_read(tmp_path):
    path = tmp_path / "workspace.toml"
    path.write_text('[vendor]\nname = "Crewlark"\ndomains = ["Crewlark.example"]\n[[competitors]]\nname = "Deputy"\n')
    workspace = load_workspace(path)
    assert workspace.vendor.domains == ("crewlark.example",)
    assert workspace.competitors[0].name == "Deputy"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"vendor": {"nmae": "x"}}, "nmae"),
        ({"competitors": [{"name": "D"}]}, "competitors.0.name"),
        ({"competitors": [{"name": "Deputy"}, {"name": "Other", "aliases": ["deputy"]}]}, "(?i)deputy"),
        ([], "object|dictionary|table"),
    ],
)
def test_what_is_wrong_is_said(data, said):
    with pytest.raises(WorkspaceError, match=said):
        parse_workspace(data)


def test_broken_toml_names_the_file(tmp_path):
    path = tmp_path / "workspace.toml"
    path.write_text("[vendor\n")
    with pytest.raises(WorkspaceError, match=r"workspace\.toml"):
        load_workspace(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WorkspaceError, match=r"none\.toml"):
        load_workspace(tmp_path / "none.toml")


def test_the_digest_changes_with_the_content():
    assert parse_workspace({}).digest != parse_workspace({"competitors": [{"name": "Deputy"}]}).digest
    assert parse_workspace({}).digest == parse_workspace({}).digest
