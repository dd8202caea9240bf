"""Saved views: searches, filters and sorts under a name, one's own or shared with one's partner (or the vendor)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.values.validation import UNSET, Unset, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.store import idempotency
from gql_leads.store.access import saved_views
from gql_leads.store.models.saved_views import SavedView
from gql_leads.store.sql.rows import to_millis
from gql_leads.store.unit_of_work import UnitOfWork

MOST_VIEWS: Final = 100
"""Largest number of views of one member."""
LONGEST_NAME: Final = 100
_MOST_POSITION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveView:
    """The input of `saveView`; filter and sort are JSON that was validated."""

    view_id: UUID | None = None
    name: str | Unset | None = UNSET
    search: str | Unset | None = UNSET
    lead_filter: Any = UNSET
    lead_sort: Any = UNSET
    is_shared: bool | Unset | None = UNSET
    position: int | Unset | None = UNSET


async def save_view(app: AppContext, viewer: Viewer, wanted: SaveView, idempotency_key: str | None = None) -> UUID:
    """Create a view of the viewer's own, or change one, and return its id."""
    columns = _check(wanted, idempotency_key)
    request = request_hash("saveView", wanted)
    async with app.unit_of_work(viewer) as uow:
        view = await _lock_view(uow, wanted.view_id)
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved_id
        others = [one for one in await saved_views.owned(uow.connection, view.owner_id) if one.id != view.id]
        is_new = wanted.view_id is None
        validator = Validator()
        if is_new and len(others) >= MOST_VIEWS:
            validator.add_error(f"Delete a view first, or give the viewId of one to change: you have {MOST_VIEWS}, the most.", "viewId")
        view.update_from_dict(columns)
        view.name_key = fold(view.name)
        if any(one.name_key == view.name_key for one in others):
            validator.add_error("Choose another name: a view of this owner has it.", "name")
        validator.raise_if_invalid()
        left, last = None if is_new else view.position, len(others)
        stays = last if left is None else left
        view.position = min(wanted.position if isinstance(wanted.position, int) else stays, last)
        if view.position != left:
            await saved_views.make_room(uow.connection, view.owner_id, left, view.position)
        await saved_views.save(uow.connection, view)
        await idempotency.store_result(uow, idempotency_key, view.id)
    return view.id


async def delete_view(app: AppContext, viewer: Viewer, view_id: UUID) -> UUID:
    """Delete a view and return its id."""
    async with app.unit_of_work(viewer) as uow:
        await saved_views.delete(uow.connection, await _lock_view(uow, view_id))
    return view_id


def _check(wanted: SaveView, idempotency_key: str | None) -> dict[str, Any]:
    """Validate the fields and return those not left out as columns, without the position; raise Invalid."""
    validator = Validator()
    name = none_if_unset(wanted.name) if wanted.view_id is None else wanted.name
    shared = False if wanted.view_id is None and wanted.is_shared in (UNSET, None) else wanted.is_shared
    columns = {
        "name": validator.required_text(name, "name", most=LONGEST_NAME),
        "search": wanted.search,
        "lead_filter": wanted.lead_filter,
        "lead_sort": wanted.lead_sort,
        "is_shared": validator.required(shared, "isShared"),
    }
    if wanted.view_id is not None:
        validator.required(wanted.position, "position")
    validator.whole_number(wanted.position, "position", least=0, most=_MOST_POSITION)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return {column: value for column, value in columns.items() if value is not UNSET}


async def _lock_view(uow: UnitOfWork, view_id: UUID | None) -> SavedView:
    """Lock the views of the owner and return the named one, or an unsaved one of the viewer's.

    Raise NotFound for a view that the viewer cannot see, NotPermitted for one that they may not change.
    """
    viewer, connection = uow.actor, uow.connection
    if view_id is None:
        permissions.KEEP_VIEWS.require(viewer)
        await saved_views.lock_views(connection, viewer.member_id)
        return SavedView(id=uuid7(), owner_id=viewer.member_id, created_at=to_millis(uow.now))
    for one in await saved_views.views_of(connection, viewer, [view_id]):
        await saved_views.lock_views(connection, one.owner_id)
    found = await saved_views.views_of(connection, viewer, [view_id])  # as it is under the lock
    if not found:
        raise NotFound(field=("viewId",))
    permissions.KEEP_VIEWS.require(viewer)
    if found[0].owner_id != viewer.member_id and not permissions.CHANGE_SHARED_VIEWS.allows(viewer):
        raise NotPermitted(permissions.CHANGE_SHARED_VIEWS.refusal("your partner", "its owner"))
    return found[0]
