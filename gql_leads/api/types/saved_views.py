"""Saved views: what a tab or a menu entry of a client shows."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.node import Node
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import JSON
from gql_leads.api.values.stored_filters import problem_of
from gql_leads.store.access import saved_views
from gql_leads.store.models.saved_views import SavedView as StoredView

TYPE_NAME: Final = "SavedView"


@strawberry.type(description="A search, a filter and a sort under a name: what a tab or a menu entry of a client shows.")
class SavedView(Node):
    name: str = strawberry.field(description="The name; a member has one view of this name.")
    search: str | None = strawberry.field(description="The search text.")
    filter: JSON | None = strawberry.field(description="The LeadFilter as it was given; instants in UTC.")
    sort: JSON | None = strawberry.field(description="The list of LeadSort as it was given.")
    is_shared: bool = strawberry.field(description="True if all members of the owner's partner (or of the vendor) see it.")
    position: int = strawberry.field(description="The place among the owner's views, from 0.")
    owner_id: strawberry.Private[UUID]

    @strawberry.field(description="The member who made it; a shared view stays when they are deactivated.")
    async def owner(self, info: Info) -> Member:
        return await member_by_id(info.context, self.owner_id)  # type: ignore[return-value]

    @strawberry.field(
        description="Why the filter or the sort no longer fits this schema, as a sentence; null while it does. Such a view can be read,"
        " saved anew and deleted."
    )
    def problem(self) -> str | None:
        return problem_of(self.filter, self.sort)


def saved_view(stored: StoredView) -> SavedView:
    """Return a stored view as its type."""
    return SavedView(
        id=strawberry.ID(encode_id(TYPE_NAME, stored.id)),
        name=stored.name,
        search=stored.search,
        filter=stored.lead_filter,
        sort=stored.lead_sort,
        is_shared=stored.is_shared,
        position=stored.position,
        owner_id=stored.owner_id,
    )


async def views_by_id(context: Context, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the views with these ids that the viewer sees."""
    return {stored.id: saved_view(stored) for stored in await saved_views.views_of(context.connection, context.viewer, ids)}


async def listed_views(context: Context) -> list[SavedView]:
    """Return all views that the viewer sees, by position."""
    return [saved_view(stored) for stored in await saved_views.views_of(context.connection, context.viewer)]
