"""What a mail tells of leads: read when it is sent, as its recipient may see them then."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.access.access_policy import PRESENT
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import Sql, all_of, is_one_of
from gql_leads.store.sql.rows import as_uuid, from_millis


@dataclass(frozen=True, slots=True)
class MailedLead:
    """The facts of a lead that a mail tells. None of them is of the customer's person."""

    id: UUID
    reference: str
    company: str | None
    listing: str | None
    country: str | None
    partner: str | None
    expires_at: datetime | None
    close_reason: CloseReason | None


async def for_member(connection: Connection, viewer: Viewer, ids: Collection[UUID]) -> list[MailedLead]:
    """Return those of the leads that the member sees, the oldest first."""
    return await _read(connection, all_of(is_one_of("l.id", ids), access_policy.visible_to(viewer)))


async def for_partner(connection: Connection, partner_id: UUID, ids: Collection[UUID]) -> list[MailedLead]:
    """Return those of the leads that the partner has, the oldest first: for an address that is no member's."""
    return await _read(connection, all_of(is_one_of("l.id", ids), Sql("l.partner_id = ?", (partner_id,)), PRESENT))


async def for_customer(connection: Connection, lead_id: UUID) -> tuple[MailedLead, str, str] | None:
    """Return a declined lead with its customer's name and e-mail address; None if nobody may write to them."""
    row = await connection.fetch_one(
        "SELECT l.first_name, l.last_name, l.email FROM lead l WHERE l.id = ? AND l.outcome = 'DECLINED' AND l.deleted_at IS NULL"
        " AND l.erased_at IS NULL AND l.consent_to_contact AND l.email IS NOT NULL",
        lead_id,
    )
    if row is None:
        return None
    (lead,) = await _read(connection, Sql("l.id = ?", (lead_id,)))
    return lead, " ".join(filter(None, (row["first_name"], row["last_name"]))), row["email"]


async def _read(connection: Connection, where: Sql) -> list[MailedLead]:
    rows = await connection.fetch(
        "SELECT l.id, l.reference, l.company, l.listing_name, l.country, l.expires_at, l.close_reason, p.name AS partner FROM lead l"
        " LEFT JOIN partner p ON p.id = l.partner_id WHERE l.erased_at IS NULL AND " + where + " ORDER BY l.created_at, l.id"
    )
    return [
        MailedLead(
            as_uuid(row["id"]), row["reference"], row["company"], row["listing_name"], row["country"], row["partner"],
            None if row["expires_at"] is None else from_millis(row["expires_at"]),
            None if row["close_reason"] is None else CloseReason(row["close_reason"]),
        )
        for row in rows
    ]  # fmt: skip
