"""Reading notes and activities, the two kinds of entries that members write on leads and opportunities."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import Connection, ConnectionType, Paging, row_selection
from gql_leads.api.resolving.row_mapping import FieldSource, RowMapper, row_mapper
from gql_leads.api.resolving.selections import Selection
from gql_leads.store.leads import notes_and_activities
from gql_leads.store.leads.notes_and_activities import Kind, Parent

Entry = TypeVar("Entry")
PAGE_SIZE: Final = 20


@dataclass(frozen=True, eq=False)  # compared by identity: it is a DataLoader key
class EntryReader(Generic[Entry]):
    """Reads one kind of entry: its GraphQL type, the sources of its fields, and its table."""

    type: type[Entry]
    sources: Mapping[str, FieldSource]
    kind: Kind

    @cached_property
    def full_mapper(self) -> RowMapper:
        """The mapper of all fields."""
        return row_mapper(self.type, self.sources)

    def mapper(self, selection: Selection) -> RowMapper:
        """Return the mapper of the selected fields."""
        return row_mapper(self.type, self.sources, selection)

    async def by_ids(self, context: Context, ids: Collection[UUID], selection: Selection) -> dict[UUID, Entry]:
        """Return the entries with these ids that the viewer may read."""
        mapper = selection.memoized(self.mapper)
        rows = await notes_and_activities.by_id(context.connection, context.viewer, self.kind, mapper.projection, ids)
        return {uuid: mapper.make(row) for uuid, row in rows.items()}

    async def by_id(self, context: Context, uuid: UUID, selection: Selection | None = None) -> Entry | None:
        """Return an entry, or None if the viewer may not read it; without a selection, with all fields."""
        connection, viewer = context.connection, context.viewer
        mapper = self.full_mapper if selection is None else selection.memoized(self.mapper)
        row = await context.dataloader.load(
            (self, mapper.projection), uuid, lambda ids: notes_and_activities.by_id(connection, viewer, self.kind, mapper.projection, ids)
        )
        return None if row is None else mapper.make(row)

    async def page_of(self, info: Info, parent: Parent, parent_id: UUID, paging: Paging) -> Connection[Any]:
        """Return one page of the entries of a lead or opportunity, newest first."""
        arguments = info.context.connection, info.context.viewer, self.kind
        mapper = Selection.under(info).memoized(self.mapper_of_page)
        connection_type = ConnectionType(self.type.__name__, mapper.make, self.kind.table, self.kind.order, PAGE_SIZE)
        pages = partial(notes_and_activities.pages, *arguments, mapper.projection, parent=parent)
        totals = partial(notes_and_activities.totals, *arguments, parent=parent)
        return await connection_type.page_of_parent(info, parent_id, paging, pages, totals, mapper.projection)

    def mapper_of_page(self, selection: Selection) -> RowMapper:
        """Return the mapper of the rows that a connection's selection needs."""
        name = self.type.__name__
        return self.mapper(row_selection(selection.fields(f"{name}Connection"), f"{name}Edge", selection.nothing()))
