"""The trigrams of every lead's search texts on PostgreSQL, kept by triggers, whoever writes; no extension is needed.

The texts stand beside the leads, so that an index of them is written when they change, and not with every change of a lead. All that three
characters can be is a trigram, which pg_trgm's are not: it leaves out whatever is no letter, and borders of words it knows by one letter.
Two more separators behind a text let its last characters begin a trigram too, so that shorter terms are beginnings of trigrams.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._dialects import only_on

SEARCHED = ("search_open", "search_person")
COLUMNS = ", ".join(SEARCHED)
GRAMS = "array_to_tsvector(ARRAY(SELECT substr($1, place, 3) FROM generate_series(1, length($1) - 2) AS place))"
PURE = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
CHANGED = " OR ".join(f"new.{column} <> old.{column}" for column in SEARCHED)


def _texts(row: str) -> str:
    return ", ".join(f"{row}.{column} || repeat(chr(31), 2)" for column in SEARCHED)


TRIGGERS = {
    "entered": ("INSERT ON lead", "TRUE", f"INSERT INTO lead_search (lead_id, {COLUMNS}) VALUES (new.id, {_texts('new')})"),
    "changed": (
        f"UPDATE OF {COLUMNS} ON lead",
        CHANGED,
        f"UPDATE lead_search SET ({COLUMNS}) = ({_texts('new')}) WHERE lead_id = new.id",
    ),
    "removed": ("DELETE ON lead", "TRUE", "DELETE FROM lead_search WHERE lead_id = old.id"),
}
MADE = (
    f"CREATE FUNCTION instr(text, text) RETURNS integer {PURE} AS 'SELECT strpos($1, $2)'",  # as SQLite calls it
    f"CREATE FUNCTION lead_grams(text) RETURNS tsvector {PURE} AS 'SELECT {GRAMS}'",
    "CREATE TABLE lead_search (lead_id UUID PRIMARY KEY, search_open TEXT NOT NULL, search_person TEXT NOT NULL)",
    f"INSERT INTO lead_search (lead_id, {COLUMNS}) SELECT l.id, {_texts('l')} FROM lead l",
    *(
        # What is written waits in a list that every search goes through, until it is so long: kilobytes.
        f"CREATE INDEX grams_of_{column} ON lead_search USING gin (lead_grams({column})) WITH (gin_pending_list_limit = 128)"
        for column in SEARCHED
    ),
    *(
        f"CREATE FUNCTION lead_search_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {done}; RETURN NULL; END $$"
        for name, (_, _, done) in TRIGGERS.items()
    ),
    *(
        f"CREATE TRIGGER lead_search_{name} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION lead_search_{name}()"
        for name, (event, condition, _) in TRIGGERS.items()
    ),
    # pg_trgm's, which earlier versions made where they could.
    *(f"DROP INDEX IF EXISTS lead_{column}" for column in SEARCHED),
)
DROPPED = (
    *(f"DROP FUNCTION lead_search_{name} CASCADE" for name in TRIGGERS),  # and their triggers
    "DROP TABLE lead_search",
    "DROP FUNCTION lead_grams",
    "DROP FUNCTION instr",
)


class Migration(migrations.Migration):
    """After the hot."""

    dependencies = [("leads", "0005_hot")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(only_on("postgres", *MADE), only_on("postgres", *DROPPED))]  # noqa: RUF012
