"""Custom column types."""

from typing import Any

from tortoise.fields import CharField


class KeyField(CharField[str]):
    """A folded text that PostgreSQL, like SQLite, sorts by code point and not by the database's collation.

    Folding can make a text many times longer than `max_length`, so neither PostgreSQL nor the field limits its length.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.clear()

    class _db_postgres:  # noqa: N801 - Tortoise's name
        SQL_TYPE = 'TEXT COLLATE "C"'
