"""What all tables share: their base, and the names that row-level security goes by."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

APP_ROLE = "foreshock_app"
TENANT_SETTING = "foreshock.tenant"


class Base(DeclarativeBase):
    """All tables; ``dict`` columns are JSONB and every moment is zoned."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        uuid.UUID: Uuid,
    }
