"""Alembic environment and the history of the schema."""
