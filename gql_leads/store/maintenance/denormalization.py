"""Copies of a listing's name and kind in its leads, and the update of those that differ from the listing.

The statements that compare leads with their listing are raw SQL: they join both tables in an UPDATE's condition or under a lock.
"""

from uuid import UUID

from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.leads import Lead
from gql_leads.store.models.organization import Listing
from gql_leads.store.sql.builder import Sql

BEHIND_NAME = "l.listing_id = g.id AND l.listing_name <> g.name"
BEHIND_KIND = "l.listing_id = g.id AND l.listing_kind <> g.kind"


async def first_renamed(connection: Connection) -> UUID | None:
    """Return the listing whose name or kind changed longest ago and whose leads may differ from it, or None."""
    renamed = Listing.filter(renamed_at__isnull=False).using_db(connection.client)
    listing = await renamed.order_by("renamed_at").first()
    return None if listing is None else listing.id


async def rename_leads(connection: Connection, listing_id: UUID, most: int) -> bool:
    """Copy the listing's name to some of the leads that have another one; return False if none has."""
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
    """Return the condition of the leads `l` of the listing that have another kind than it."""
    return Sql(f"EXISTS (SELECT 1 FROM listing g WHERE g.id = ? AND {BEHIND_KIND}) AND l.listing_id = ?", (listing_id, listing_id))


async def kind_of(connection: Connection, listing_id: UUID) -> str:
    """Return the listing's kind. Listings are never deleted."""
    return (await Listing.get(using_db=connection.client, id=listing_id)).kind


async def change_kind(connection: Connection, lead_id: UUID, kind: str) -> None:
    """Store the kind of the lead's listing in the lead."""
    await Lead.filter(id=lead_id).using_db(connection.client).update(listing_kind=kind)


async def clear_renamed(connection: Connection, listing_id: UUID) -> None:
    """Clear the listing's `renamed_at` if all its leads have its name and kind.

    A transaction that inserts a lead for the listing locks the listing, so this waits until that lead is visible.
    """
    if connection.dialect == "postgres":
        await connection.fetch("SELECT id FROM listing WHERE id = ? FOR NO KEY UPDATE", listing_id)
    await connection.execute(
        "UPDATE listing SET renamed_at = NULL WHERE id = ?"
        f" AND NOT EXISTS (SELECT 1 FROM lead l JOIN listing g ON ({BEHIND_NAME}) OR ({BEHIND_KIND}) WHERE l.listing_id = ? AND g.id = ?)",
        listing_id, listing_id, listing_id,
    )  # fmt: skip
