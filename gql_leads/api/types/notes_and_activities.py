"""What people write down about leads, notes and activities alike, as far as it is selected."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from gql_leads.api.resolving import field_sources
from gql_leads.api.resolving.connections import Connection, ConnectionType, Paging, row_selection
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.field_sources import FieldSource, RowMapper
from gql_leads.api.resolving.selections import Selection
from gql_leads.store.leads import notes_and_activities
from gql_leads.store.leads.notes_and_activities import Kind

Entry = TypeVar("Entry")
PAGE_SIZE: Final = 20


@dataclass(frozen=True, eq=False)  # a plan is remembered by whose it is
class EntryReader(Generic[Entry]):
    """One kind of it: its type, what that is made of, and where it is kept."""

    type: type[Entry]
    facts: Mapping[str, FieldSource]
    kind: Kind

    @cached_property
    def whole(self) -> RowMapper:
        """The plan for all of one."""
        return field_sources.row_mapper(self.type, self.facts)

    def plan(self, selection: Selection) -> RowMapper:
        """The plan for what is selected of one."""
        return field_sources.row_mapper(self.type, self.facts, selection)

    async def by_ids(self, context: Context, ids: Collection[UUID], selection: Selection) -> dict[UUID, Entry]:
        """Those that the viewer may read."""
        plan = selection.remember(self.plan)
        rows = await notes_and_activities.by_id(context.connection, context.viewer, self.kind, plan.projection, ids)
        return {uuid: plan.make(row) for uuid, row in rows.items()}

    async def by_id(self, context: Context, uuid: UUID, selection: Selection | None = None) -> Entry | None:
        """The one of this id, if the viewer may read it, as far as it is selected; all of it where no selection is given."""
        connection, viewer = context.connection, context.viewer
        plan = self.whole if selection is None else selection.remember(self.plan)
        row = await context.dataloader.load(
            (self, plan.projection), uuid, lambda ids: notes_and_activities.by_id(connection, viewer, self.kind, plan.projection, ids)
        )
        return None if row is None else plan.make(row)

    async def page_of(self, info: Info, lead_id: UUID, paging: Paging) -> Connection[Any]:
        """One page of a lead's, newest first."""
        asked = info.context.connection, info.context.viewer, self.kind
        plan = Selection.under(info).remember(self._plan_of_rows)
        rows = ConnectionType(self.type.__name__, plan.make, self.kind.table, self.kind.order, PAGE_SIZE)
        pages, totals = partial(notes_and_activities.pages, *asked, plan.projection), partial(notes_and_activities.totals, *asked)
        return await rows.page_of_parent(info, lead_id, paging, pages, totals, plan.projection)

    def _plan_of_rows(self, selection: Selection) -> RowMapper:
        name = self.type.__name__
        return self.plan(row_selection(selection.fields(f"{name}Connection"), f"{name}Edge", selection.nothing()))
