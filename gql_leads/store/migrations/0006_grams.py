"""The trigrams of every lead's search texts on PostgreSQL, kept by triggers, whoever writes; no extension is needed.

The texts stand beside the leads, so that an index of them is written when they change, and not with every change of a lead. All that three
characters can be is a trigram, which pg_trgm's are not: it leaves out whatever is no letter, and borders of words it knows by one letter.
Two more separators behind the text let its last characters begin a trigram too, so that shorter terms are beginnings of trigrams.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

TEXT = "{row}.search_open || chr(31) || {row}.search_person || repeat(chr(31), 2)"
GRAMS = "array_to_tsvector(ARRAY(SELECT substr($1, place, 3) FROM generate_series(1, length($1) - 2) AS place))"
PURE = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
CHANGED = "new.search_open <> old.search_open OR new.search_person <> old.search_person"
TRIGGERS = {
    "entered": ("INSERT ON lead", "TRUE", f"INSERT INTO lead_search (lead_id, text) VALUES (new.id, {TEXT.format(row='new')})"),
    "changed": (
        "UPDATE OF search_open, search_person ON lead",
        CHANGED,
        f"UPDATE lead_search SET text = {TEXT.format(row='new')} WHERE lead_id = new.id",
    ),
    "removed": ("DELETE ON lead", "TRUE", "DELETE FROM lead_search WHERE lead_id = old.id"),
}
MADE = (
    f"CREATE FUNCTION instr(text, text) RETURNS integer {PURE} AS 'SELECT strpos($1, $2)'",  # as SQLite calls it
    f"CREATE FUNCTION lead_grams(text) RETURNS tsvector {PURE} AS 'SELECT {GRAMS}'",
    "CREATE TABLE lead_search (lead_id UUID PRIMARY KEY, text TEXT NOT NULL)",
    f"INSERT INTO lead_search (lead_id, text) SELECT l.id, {TEXT.format(row='l')} FROM lead l",
    # What is written waits in a list that every search goes through, until it is so long: kilobytes.
    "CREATE INDEX lead_search_grams ON lead_search USING gin (lead_grams(text)) WITH (gin_pending_list_limit = 256)",
    *(
        f"CREATE FUNCTION lead_search_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {done}; RETURN NULL; END $$"
        for name, (_, _, done) in TRIGGERS.items()
    ),
    *(
        f"CREATE TRIGGER lead_search_{name} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION lead_search_{name}()"
        for name, (event, condition, _) in TRIGGERS.items()
    ),
    # pg_trgm's, which earlier versions made where they could.
    "DROP INDEX IF EXISTS lead_search_open",
    "DROP INDEX IF EXISTS lead_search_person",
)
DROPPED = (
    *(f"DROP FUNCTION lead_search_{name} CASCADE" for name in TRIGGERS),  # and their triggers
    "DROP TABLE lead_search",
    "DROP FUNCTION lead_grams",
    "DROP FUNCTION instr",
)


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make the index of what is there."""
    await _run(editor, MADE)


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Drop it."""
    await _run(editor, DROPPED)


async def _run(editor: BaseSchemaEditor, statements: tuple[str, ...]) -> None:
    if editor.client.capabilities.dialect == "postgres":
        for statement in statements:
            await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    """After the hot."""

    dependencies = [("leads", "0005_hot")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
