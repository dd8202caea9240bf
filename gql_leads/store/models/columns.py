"""Column types of our own."""

from typing import Any

from tortoise.fields import CharField


class KeyField(CharField[str]):
    """A folded text that sorts by code point, on PostgreSQL too, whatever the database's collation.

    Folding can make a text many times longer, so that PostgreSQL is given no length to hold it to.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.clear()

    class _db_postgres:  # noqa: N801 - Tortoise's name
        SQL_TYPE = 'TEXT COLLATE "C"'
