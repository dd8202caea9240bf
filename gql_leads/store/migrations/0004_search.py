"""The trigrams of every lead's search texts on SQLite, kept by triggers, whoever writes. Without FTS5 the search finds the same by reading.

The index holds no text, only under which numbers a trigram stands: a number is given to a lead because VACUUM may change its rowid. Two more
separators behind the text let its last characters begin a trigram too, so that shorter terms are beginnings of trigrams (`lead_search_gram`).
FTS5 writes down what is gone beside what was there, and forgets both when it merges: `lead_search_remains` says that there is something to forget.
"""

import sqlite3
from contextlib import closing

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

INDEX = "CREATE VIRTUAL TABLE {name} USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')"
TEXT = "{row}.search_open || char(31) || {row}.search_person || char(31, 31)"
ENTER = f"INSERT INTO lead_search (rowid, text) SELECT number, {TEXT.format(row='new')} FROM lead_number WHERE lead_id = new.id"
TAKE_OUT = (
    "INSERT INTO lead_search (lead_search, rowid, text)"
    f" SELECT 'delete', number, {TEXT.format(row='old')} FROM lead_number WHERE lead_id = old.id"
)
REMEMBER = "INSERT INTO lead_search_remains (is_being_forgotten) VALUES (FALSE)"
CHANGED = "new.search_open <> old.search_open OR new.search_person <> old.search_person"
ERASED = "new.erased_at IS NOT NULL OR new.purged_at IS NOT NULL"
TRIGGERS = {
    "entered": ("INSERT ON lead", f"INSERT INTO lead_number (lead_id) VALUES (new.id); {ENTER}"),
    "changed": (f"UPDATE OF search_open, search_person ON lead WHEN {CHANGED}", f"{TAKE_OUT}; {ENTER}"),
    "erased": (f"UPDATE OF search_open, search_person, erased_at, purged_at ON lead WHEN {ERASED}", REMEMBER),
    "removed": ("DELETE ON lead", f"{TAKE_OUT}; DELETE FROM lead_number WHERE lead_id = old.id; {REMEMBER}"),
}
MADE = (
    "CREATE TABLE lead_number (number INTEGER PRIMARY KEY, lead_id CHAR(36) NOT NULL UNIQUE)",
    "CREATE TABLE lead_search_remains (id INTEGER PRIMARY KEY, is_being_forgotten BOOLEAN NOT NULL)",
    INDEX.format(name="lead_search"),
    "CREATE VIRTUAL TABLE lead_search_gram USING fts5vocab(lead_search, instance)",
    "INSERT INTO lead_number (lead_id) SELECT id FROM lead ORDER BY created_at, id",
    f"INSERT INTO lead_search (rowid, text) SELECT n.number, {TEXT.format(row='l')} FROM lead_number n JOIN lead l ON l.id = n.lead_id",
    # At once, or whoever writes first would have to merge what was just filled in.
    "INSERT INTO lead_search (lead_search) VALUES ('optimize')",
    *(f"CREATE TRIGGER lead_search_{name} AFTER {event} BEGIN {done}; END" for name, (event, done) in TRIGGERS.items()),
)
DROPPED = (
    *(f"DROP TRIGGER IF EXISTS lead_search_{name}" for name in TRIGGERS),
    *(f"DROP TABLE IF EXISTS {name}" for name in ("lead_search_gram", "lead_search", "lead_search_remains", "lead_number")),
)


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make the index of what is there."""
    if editor.client.capabilities.dialect == "sqlite" and _has_trigrams():
        for statement in MADE:
            await editor.client.execute_query(statement)


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Drop it."""
    if editor.client.capabilities.dialect == "sqlite":
        for statement in DROPPED:
            await editor.client.execute_query(statement)


def _has_trigrams() -> bool:
    """Whether this SQLite was built with FTS5 and its trigrams."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(INDEX.format(name="tried"))
        except sqlite3.OperationalError:
            return False
    return True


class Migration(migrations.Migration):
    """After the other indexes."""

    dependencies = [("leads", "0003_indexes")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
