"""Every error the product raises on purpose.

    ForeshockError                      exit code 2, status 500
    ├── InputError                      something delivered to us is wrong: says what, where and the remedy
    │   ├── DocumentError               a document, or a line that should be one                        422
    │   ├── TooLarge                    a body or document over its limit                               413
    │   ├── WorkspaceError              workspace.toml or a workspace body                              422
    │   └── CursorError                 a page cursor that we did not give out                          400
    ├── NotFound                        no such account, document, signal                               404
    ├── Conflict                        the request contradicts what is stored                          409
    ├── Unauthorized                    no key, or one that is unknown or revoked                       401
    ├── Forbidden                       the key lacks the scope                                         403
    ├── StoreUnavailable                the database does not answer                                    503
    ├── DataDirectoryError              the embedded database's directory can't be used                 500
    ├── ArtefactError                   a model artefact is missing, damaged or of the wrong kind       500
    └── PortInUse                       the server can't listen                                         500

``message`` says what is wrong, ``where`` the place (file and line, field, id), ``remedy`` what to do. None of them
ever carries document text.
"""

from __future__ import annotations

from typing import ClassVar


class ForeshockError(Exception):
    """Base of all; carries what, where and the remedy apart from each other."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, message: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    @property
    def code(self) -> str:
        """A stable, searchable name: the class name in kebab case."""
        name = type(self).__name__.removesuffix("Error") or "Foreshock"
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class InputError(ForeshockError):
    """Something that was delivered to us is wrong."""

    status = 422
    title = "Invalid input"


class DocumentError(InputError):
    """A document, or a line that should hold one, breaks the contract."""

    title = "Invalid document"


class TooLarge(InputError):
    """A body or a document exceeds its limit."""

    status = 413
    title = "Too large"


class WorkspaceError(InputError):
    """The workspace configuration is not valid."""

    title = "Invalid workspace configuration"


class CursorError(InputError):
    """A page cursor that this service did not give out."""

    status = 400
    title = "Invalid cursor"


class NotFound(ForeshockError):
    """There is no such thing in this tenant."""

    status = 404
    title = "Not found"


class Conflict(ForeshockError):
    """The request contradicts what is stored."""

    status = 409
    title = "Conflict"


class Unauthorized(ForeshockError):
    """No API key, or one that is unknown or revoked."""

    status = 401
    title = "Unauthorized"


class Forbidden(ForeshockError):
    """The API key is valid but lacks the scope."""

    status = 403
    title = "Forbidden"


class StoreUnavailable(ForeshockError):
    """The database can't be reached or is not migrated."""

    status = 503
    title = "Store unavailable"


class DataDirectoryError(ForeshockError):
    """The directory of the embedded database can't be used."""

    title = "Data directory unusable"


class ArtefactError(ForeshockError):
    """A model artefact is missing, damaged or of the wrong kind."""

    title = "Model artefact unusable"


class PortInUse(ForeshockError):
    """The server can't listen on the address asked for."""

    title = "Port in use"
