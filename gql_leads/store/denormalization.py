"""Which leads are behind their listing's name or kind, and bringing them up to date."""

from uuid import UUID

from gql_leads.domain.text_folding import fold, search_text
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import as_uuid

BEHIND_NAME = "l.listing_id = g.id AND l.listing_name <> g.name"
BEHIND_KIND = "l.listing_id = g.id AND l.listing_kind <> g.kind"


async def first_renamed(connection: Connection) -> UUID | None:
    """The listing that was renamed longest ago and whose leads may be behind; None where there is none."""
    row = await connection.fetch_one("SELECT id FROM listing WHERE renamed_at IS NOT NULL ORDER BY renamed_at LIMIT 1")
    return None if row is None else as_uuid(row["id"])


async def rename_leads(connection: Connection, listing_id: UUID, most: int) -> bool:
    """Give some of its leads the listing's name, in what is shown, sorted and searched; whether there were any."""
    locking = "FOR UPDATE OF l" if connection.dialect == "postgres" else ""
    rows = await connection.fetch(
        f"SELECT l.id AS id, l.company AS company, g.name AS name FROM listing g JOIN lead l ON {BEHIND_NAME}"
        f" WHERE g.id = ? ORDER BY l.id LIMIT {most:d} {locking}",
        listing_id,
    )
    await connection.execute_many(
        "UPDATE lead SET listing_name = ?, listing_key = ?, search_open = ? WHERE id = ?",
        [(row["name"], fold(row["name"]), search_text(row["company"], row["name"]), row["id"]) for row in rows],
    )
    return bool(rows)


def of_another_kind(listing_id: UUID) -> Sql:
    """Leads `l` of the listing that say another kind."""
    return Sql(f"EXISTS (SELECT 1 FROM listing g WHERE g.id = ? AND {BEHIND_KIND}) AND l.listing_id = ?", (listing_id, listing_id))


async def kind_of(connection: Connection, listing_id: UUID) -> str:
    """What the listing offers, now."""
    row = await connection.fetch_one("SELECT kind FROM listing WHERE id = ?", listing_id)
    assert row is not None, "listings stay"
    return str(row["kind"])


async def change_kind(connection: Connection, lead_id: UUID, kind: str) -> None:
    """Give the lead its listing's kind."""
    await connection.execute("UPDATE lead SET listing_kind = ? WHERE id = ?", kind, lead_id)


async def settle(connection: Connection, listing_id: UUID) -> None:
    """Write that no lead of the listing is behind, if so. Whoever enters a lead for it holds it until the lead is there."""
    if connection.dialect == "postgres":
        await connection.fetch("SELECT id FROM listing WHERE id = ? FOR NO KEY UPDATE", listing_id)
    await connection.execute(
        "UPDATE listing SET renamed_at = NULL WHERE id = ?"
        f" AND NOT EXISTS (SELECT 1 FROM lead l JOIN listing g ON ({BEHIND_NAME}) OR ({BEHIND_KIND}) WHERE l.listing_id = ? AND g.id = ?)",
        listing_id, listing_id, listing_id,
    )  # fmt: skip
