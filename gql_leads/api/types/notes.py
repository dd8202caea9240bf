"""The `Note` type."""

from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.row_mapping import column, global_id, joined, uuid_column
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes_and_activities import EntryReader
from gql_leads.api.types.organization import Member, member, member_sources
from gql_leads.api.values.scalars import DateTime
from gql_leads.store import notes
from gql_leads.store.leads import notes_and_activities


@strawberry.type(description="A note on a lead.")
class Note(Node):
    body: str = strawberry.field(description="The text, with line breaks.")
    created_at: DateTime = strawberry.field(description="The time when it was written.")
    updated_at: DateTime = strawberry.field(description="The time of the last change.")
    author: Member = strawberry.field(description="The member who wrote it.")
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="The members who are mentioned.")
    async def mentions(self, info: Info) -> list[Member]:
        connection, viewer = info.context.connection, info.context.viewer
        rows = await info.context.dataloader.load("mentions", self.uuid, lambda ids: notes.mentions(connection, viewer, ids))
        return [member(row) for row in rows or ()]


NOTES: Final = EntryReader(
    Note,
    {
        "id": global_id("Note"),
        "body": column("body"),
        "createdAt": column("created_at"),
        "updatedAt": column("updated_at"),
        "author": joined("author", member_sources),
        "mentions": uuid_column("uuid", "id"),
    },
    notes_and_activities.NOTES,
)
