"""Links to CSV files of leads.

A link carries its signed ticket, so it works without a header and on every server until it expires.
"""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from gql_leads.domain.errors import Forbidden
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.sorting import LeadSort
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.access.viewers import refreshed_viewer
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import InvalidCursor
from gql_leads.store.events.event_log import Position
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import decode_json, to_json

PURPOSE: Final = "export"


@dataclass(frozen=True, slots=True)
class ExportLink:
    """A download link, and the event log position before its rows were counted."""

    filename: str
    url: str
    expires_at: datetime
    row_count: int
    position: Position


@dataclass(frozen=True, slots=True)
class ExportTicket:
    """The signed content of a link: the member, the query, the filename and the expiry."""

    member_id: UUID
    search: str | None
    filter: Filter
    sort: tuple[LeadSort, ...]
    filename: str
    expires_at: datetime
    token_roles: tuple[MemberRole, ...] | None = None
    """The roles that the token of an identity provider named; None if the member's own apply."""
    partner_id: UUID | None = None
    """The partner of these roles."""


async def export_leads(app: AppContext, viewer: Viewer, query: LeadQuery) -> ExportLink:
    """Return a link to the CSV of the query. The rows are read at the download, not here."""
    reader = app.reader(viewer)
    position = await event_log.horizon(reader.connection)
    row_count = await lists.total(reader, query)
    filename = f"Leads_{reader.now.astimezone(UTC):%m%d%Y}.csv"
    ticket = ExportTicket(
        viewer.member_id, query.search, query.filter, query.sort, filename, reader.now + app.export_link_lifetime,
        tuple(sorted(viewer.roles)) if viewer.roles_from_token else None, viewer.partner_id,
    )  # fmt: skip
    token = app.cursor_codec.encode(PURPOSE, zlib.compress(to_json(ticket).encode(), 9))
    url = f"{app.public_url}/exports/{filename}?token={token}"
    return ExportLink(filename, url, ticket.expires_at, row_count, position)


async def open_export_link(app: AppContext, filename: str, token: str) -> tuple[Viewer, LeadQuery]:
    """Return the viewer and query of a link.

    Raise Forbidden if the link was altered or has expired, or if the member is inactive.
    """
    try:
        ticket = decode_json(ExportTicket, zlib.decompress(app.cursor_codec.decode(PURPOSE, token)))
    except (InvalidCursor, KeyError):  # KeyError: a ticket of another release may have values unknown here
        raise Forbidden("This link is not whole, or not from here. Copy all of it, or export again.") from None
    if ticket.filename != filename:
        raise Forbidden("This link is for a file of another name. Use it unchanged, or export again.")
    if app.now() >= ticket.expires_at:
        raise Forbidden("This link is no longer good. Export again.")
    roles = ticket.token_roles
    made_for = Viewer(ticket.member_id, frozenset(roles or ()), ticket.partner_id, roles_from_token=roles is not None)
    viewer = await refreshed_viewer(app.database.reading, made_for)
    if viewer is None:
        raise Forbidden("The member that this link was made for is not active any more.")
    return viewer, LeadQuery(ticket.search, ticket.filter, ticket.sort)
