"""The mutations that save and delete views."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.saved_views import SavedView, views_by_id
from gql_leads.api.values.filters import LeadFilter, LeadSortInput, to_filter, to_search, to_sort
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.stored_filters import as_given
from gql_leads.domain.errors import BadInput
from gql_leads.domain.values.validation import UNSET
from gql_leads.services import saved_views


@strawberry.input(description="A new view, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveViewInput:
    view_id: strawberry.ID | None = optional("The view to change; if omitted, a new one of the viewer's is created.", id_of="SavedView")
    name: str | None = optional("The name, at most 100 characters. Required for a new one; each view of a member has another one.")
    search: str | None = optional("The search text.")
    filter: LeadFilter | None = optional("The filter.")
    sort: list[LeadSortInput] | None = optional("The sort.")
    is_shared: bool | None = optional(
        "True to show it to all members of the owner's partner (for the vendor: of the vendor); a new view is not shared by default."
    )
    position: int | None = optional("The place among the owner's views, from 0; the others move. If omitted, a new view is the last one.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The view to delete.")
class DeleteViewInput:
    view_id: strawberry.ID = required("The view.", id_of="SavedView")


@payload
class SaveViewPayload(Payload):
    view: SavedView | None = strawberry.field(
        description="The view; null if the mutation was refused, or the viewer no longer sees it because they ended its sharing."
    )


@payload
class DeleteViewPayload(Payload):
    deleted_view_id: strawberry.ID | None = strawberry.field(description="The id of the deleted view; null if the mutation was refused.")


@strawberry.type
class SavedViewMutations:
    @mutation(
        "Save a search, a filter and a sort under a name, at most 100 views a member. Its owner changes it, a shared one also a"
        " referral admin (of the vendor: an administrator)."
    )
    async def save_view(self, info: Info, input: Annotated[SaveViewInput, INPUT]) -> SaveViewPayload | None:
        context = info.context
        view_id = await saved_views.save_view(context.app, context.viewer, _command(input), none_if_unset(input.idempotency_key))
        return SaveViewPayload(errors=[], view=(await views_by_id(context, [view_id])).get(view_id))

    @mutation("Delete a view.")
    async def delete_view(self, info: Info, input: Annotated[DeleteViewInput, INPUT]) -> DeleteViewPayload | None:
        await saved_views.delete_view(info.context.app, info.context.viewer, decode_id("SavedView", input.view_id))
        return DeleteViewPayload(errors=[], deleted_view_id=input.view_id)


def _command(input: SaveViewInput) -> saved_views.SaveView:
    """Return the command for the service; raise BadInput for a search, filter or sort that `leads` would refuse."""
    for read, value, field in ((to_search, input.search, "search"), (to_filter, input.filter, "filter"), (to_sort, input.sort, "sort")):
        _check(read, none_if_unset(value), field)
    search = to_unset(input.search)
    return saved_views.SaveView(
        view_id=decode_optional_id("SavedView", input.view_id),
        name=to_unset(input.name),
        search=search or None if isinstance(search, str) else search,
        lead_filter=UNSET if input.filter is strawberry.UNSET else as_given(input.filter, "filter"),
        lead_sort=UNSET if input.sort is strawberry.UNSET else as_given(input.sort, "sort"),
        is_shared=to_unset(input.is_shared),
        position=to_unset(input.position),
    )


def _check(read: Callable[[Any], object], value: Any, field: str) -> None:
    try:
        read(value)
    except BadInput as wrong:
        raise BadInput(wrong.message, field=(field, *(wrong.field or (field,))[1:])) from None
