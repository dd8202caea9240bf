"""Column types of our own."""

from tortoise.fields import CharField


class KeyField(CharField[str]):
    """A folded text that sorts by code point, on PostgreSQL too, whatever the database's collation.

    Folding can make a text many times longer, so that PostgreSQL is given no length to hold it to.
    """

    class _db_postgres:  # noqa: N801 - Tortoise's name
        SQL_TYPE = 'TEXT COLLATE "C"'
