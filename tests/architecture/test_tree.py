"""The house's rules, checked over the tree itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "core", "labeling", "models", "nlp", "pipelines", "tests", "benchmarks")
LINES_MAX = 500
FORBIDDEN_AT_SERVING = ("torch", "transformers", "sentence_transformers", "spacy", "sklearn")


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_source_file_is_over_500_lines():
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources()
        if (count := len(path.read_text().splitlines())) > LINES_MAX
    }
    assert long == {}


def test_importing_the_api_loads_no_training_library():
    code = f"import sys, api.app, api.cli.main; print([m for m in {FORBIDDEN_AT_SERVING!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("pattern", [r"\bpickle\b\.|import pickle", r"joblib\.load", r"torch\.load\("])
def test_nothing_loads_code_with_data(pattern: str):
    found = [str(path) for path in sources() if path != Path(__file__) and re.search(pattern, path.read_text())]
    assert found == []


def test_every_setting_is_documented():
    from core.settings import Settings

    page = (ROOT / "docs" / "settings.md").read_text()
    missing = [name for name in Settings.model_fields if f"FORESHOCK_{name.upper()}" not in page]
    unknown = set(re.findall(r"FORESHOCK_([A-Z_]+)", page)) - {name.upper() for name in Settings.model_fields}
    assert (missing, unknown) == ([], set())


def test_every_module_says_what_it_is_for():
    silent = [
        str(path) for path in sources() if path.stat().st_size and not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []
