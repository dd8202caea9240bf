"""On SQLite too, each of the search texts has an index of its own: a partner's search of what waits is answered by what is in the open.

As before (0004), but for that; and a change of one text writes nothing of the other.
"""

from importlib import import_module
from typing import Final

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

TOGETHER: Final = import_module("gql_leads.store.migrations.0004_search")
COLUMNS: Final = ("search_open", "search_person")


def _index(column: str) -> str:
    return f"grams_of_{column}"


def _text(row: str, column: str) -> str:
    """Two separators behind it, so that its last characters begin a trigram too."""
    return f"{row}.{column} || char(31, 31)"


def _enter(column: str) -> str:
    return f"INSERT INTO {_index(column)} (rowid, text) SELECT number, {_text('new', column)} FROM lead_number WHERE lead_id = new.id"


def _take_out(column: str) -> str:
    taken = f"SELECT 'delete', number, {_text('old', column)} FROM lead_number WHERE lead_id = old.id"
    return f"INSERT INTO {_index(column)} ({_index(column)}, rowid, text) {taken}"


def _made(column: str) -> tuple[str, ...]:
    texts = f"SELECT n.number, {_text('l', column)} FROM lead_number n JOIN lead l ON l.id = n.lead_id"
    return (
        TOGETHER.INDEX.format(name=_index(column)),
        f"CREATE VIRTUAL TABLE {_index(column)}_term USING fts5vocab({_index(column)}, instance)",
        f"INSERT INTO {_index(column)} (rowid, text) {texts}",
        f"INSERT INTO {_index(column)} ({_index(column)}) VALUES ('optimize')",
    )


ENTERED: Final = "; ".join(["INSERT INTO lead_number (lead_id) VALUES (new.id)", *map(_enter, COLUMNS)])
REMOVED: Final = "; ".join([*map(_take_out, COLUMNS), "DELETE FROM lead_number WHERE lead_id = old.id", TOGETHER.REMEMBER])
TRIGGERS: Final = {
    "entered": ("INSERT ON lead", ENTERED),
    **{
        f"changed_{column}": (f"UPDATE OF {column} ON lead WHEN new.{column} <> old.{column}", f"{_take_out(column)}; {_enter(column)}")
        for column in COLUMNS
    },
    "erased": TOGETHER.TRIGGERS["erased"],
    "removed": ("DELETE ON lead", REMOVED),
}
MADE: Final = (
    "CREATE TABLE lead_number (number INTEGER PRIMARY KEY, lead_id CHAR(36) NOT NULL UNIQUE)",
    "CREATE TABLE lead_search_remains (id INTEGER PRIMARY KEY, is_being_forgotten BOOLEAN NOT NULL)",
    "INSERT INTO lead_number (lead_id) SELECT id FROM lead ORDER BY created_at, id",
    *(statement for column in COLUMNS for statement in _made(column)),
    *(f"CREATE TRIGGER lead_search_{name} AFTER {event} BEGIN {done}; END" for name, (event, done) in TRIGGERS.items()),
)
DROPPED: Final = (
    *(f"DROP TRIGGER lead_search_{name}" for name in TRIGGERS),
    *(f"DROP TABLE {name}" for column in COLUMNS for name in (f"{_index(column)}_term", _index(column))),
    "DROP TABLE lead_search_remains",
    "DROP TABLE lead_number",
)


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make one of each text, instead of the one of both."""
    if await _is_indexed(editor):
        await _run(editor, *TOGETHER.DROPPED, *MADE)


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make the one of both again."""
    if await _is_indexed(editor):
        await _run(editor, *DROPPED, *TOGETHER.MADE)


async def _is_indexed(editor: BaseSchemaEditor) -> bool:
    """Whether there is an index: this is SQLite, and it has FTS5."""
    if editor.client.capabilities.dialect != "sqlite":
        return False
    _, found = await editor.client.execute_query("SELECT 1 FROM sqlite_master WHERE name = 'lead_number'")
    return bool(found)


async def _run(editor: BaseSchemaEditor, *statements: str) -> None:
    for statement in statements:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    """After the claims of a day."""

    dependencies = [("leads", "0008_day")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
