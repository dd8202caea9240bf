"""Relay connections with keyset pagination, sealed cursors and only the selected fields."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.selections import Selection
from gql_leads.domain.errors import BadInput
from gql_leads.services.app_context import AppContext
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import InvalidCursor
from gql_leads.store.events.event_log import Position
from gql_leads.store.sql.pagination import EMPTY, Key, Page, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row, to_json

Node_ = TypeVar("Node_")
T = TypeVar("T")

EDGES: Final = "The rows, each with its cursor."
NODES: Final = "The rows, for clients that need no cursor per row."
PAGE_INFO: Final = "The position of this page in the list."
TOTAL_COUNT: Final = "The number of rows on all pages. Counted only when selected."
CURSOR: Final = "The position of this row: pass it as `after` or `before`."
NODE: Final = "The row."
CURSOR_BLOCK_SIZE: Final = 24
"""Cursor payloads are padded to a multiple of this number of bytes."""

First = Annotated[int | None, strawberry.argument(description="The maximum number of rows, from 0 to 200.")]
After = Annotated[str | None, strawberry.argument(description="Only rows after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description="The maximum number of rows, from 0 to 200, counted from the end. Excludes `first`."),
]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="True if rows follow this page.")
    has_previous_page: bool = strawberry.field(description="True if rows precede this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; null on an empty page.")


@strawberry.type(description="A row and its cursor.")
class Edge(Generic[Node_]):
    cursor: str = strawberry.field(description=CURSOR)
    node: Node_ = strawberry.field(description=NODE)


@strawberry.type(description="One page of a list.")
class Connection(Generic[Node_]):
    edges: list[Edge[Node_]] = strawberry.field(description=EDGES)
    nodes: list[Node_] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)
    total_count: int = strawberry.field(description=TOTAL_COUNT)


Size = int | None | UnsetType
Cursor = str | None | UnsetType


@dataclass(frozen=True, slots=True)
class Paging:
    """The arguments of a connection."""

    first: Size = None
    after: Cursor = None
    last: Size = None
    before: Cursor = None

    def window(self, app: AppContext, purpose: str, default: int | None = None) -> Window:
        """Return the window of rows to read; raise BadInput for invalid arguments."""
        return Window(
            size=self.size(app, default),
            backward=isinstance(self.last, int),
            after=_decode_cursor(app, purpose, "after", self.after),
            before=_decode_cursor(app, purpose, "before", self.before),
        )

    def size(self, app: AppContext, default: int | None = None) -> int:
        """Return the maximum number of rows; raise BadInput if it is out of range or both `first` and `last` are given."""
        if isinstance(self.first, int) and isinstance(self.last, int):
            raise BadInput("Give either `first` or `last`, not both.")
        size = self.first if isinstance(self.first, int) else self.last if isinstance(self.last, int) else None
        if size is not None and not 0 <= size <= app.max_page_size:
            name = "first" if isinstance(self.first, int) else "last"
            raise BadInput(f"Give `{name}` as a whole number from 0 to {app.max_page_size}: it is {size}.")
        return (default or app.page_size) if size is None else size


def _decode_cursor(app: AppContext, purpose: str, name: str, cursor: Cursor) -> tuple[Any, ...] | None:
    if not isinstance(cursor, str):
        return None
    try:
        return tuple(json.loads(app.cursor_codec.decode(purpose, cursor)))
    except InvalidCursor:
        raise BadInput(
            f"`{name}` is no cursor of this list in this order. Pass a cursor that this very query gave you, or leave it out."
        ) from None


def cursor_encoder(app: AppContext, purpose: str, width: int) -> Callable[[Row], str]:
    """Return a function that encodes the cursor of a row; `width` is the number of sort keys, columns k0, k1, …"""
    names = [f"k{number}" for number in range(width)]
    return lambda row: app.cursor_codec.encode(purpose, _pad(to_json([row[name] for name in names]).encode()))


def _pad(payload: bytes) -> bytes:
    """Pad with blanks: the length of a cursor would reveal the size of row numbers."""
    return payload + b" " * (-len(payload) % CURSOR_BLOCK_SIZE)


def row_selection(selected: Mapping[str, Selection], edge: str, nothing: Selection) -> Selection:
    """Return the merged selection of the row type, below `nodes` and below `edges { node }`."""
    below_edges = selected["edges"].fields(edge).get("node", nothing) if "edges" in selected else nothing
    return selected.get("nodes", nothing) | below_edges


def needs_rows(selected: Mapping[str, Selection]) -> bool:
    """Return True if a selected field of the connection needs the rows."""
    return not selected.keys().isdisjoint({"edges", "nodes", "pageInfo"})


def build_connection(
    kind: type[T],
    edge: type,
    selected: Mapping[str, Selection],
    page: Page,
    make: Callable[[Row], Any],
    cursor: Callable[[Row], str],
) -> T:
    """Return a connection of type `kind` with the selected parts of the page."""
    needs_nodes = not selected.keys().isdisjoint({"edges", "nodes"})
    nodes = [make(row) for row in page.rows] if needs_nodes else []
    attributes: dict[str, Any] = {"nodes": nodes}
    if "edges" in selected:
        attributes["edges"] = [construct(edge, cursor=cursor(row), node=node) for row, node in zip(page.rows, nodes, strict=True)]
    if "pageInfo" in selected:
        attributes["page_info"] = _page_info(page.rows, page, cursor)
    return construct(kind, **attributes)


def _page_info(rows: Sequence[Row], page: Page, cursor: Callable[[Row], str]) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=cursor(rows[0]) if rows else None,
        end_cursor=cursor(rows[-1]) if rows else None,
    )


ReadPage = Callable[[Window], Awaitable[Page | None]]
Count = Callable[[], Awaitable[int | None]]
ReadPages = Callable[[Window, Iterable[UUID]], Awaitable[Mapping[UUID, Page]]]
CountEach = Callable[[Iterable[UUID]], Awaitable[Mapping[UUID, int]]]


async def event_position(info: Info) -> Position | None:
    """Return the newest position of the event log; the connections of one level share one statement."""
    context = info.context

    async def read(keys: list[str]) -> dict[str, Position]:
        position = await event_log.horizon(context.connection)
        return dict.fromkeys(keys, position)

    return await context.dataloader.load("event position", "newest", read)


@dataclass(frozen=True, slots=True)
class ConnectionType:
    """A kind of connection: type name, row function, cursor purpose, order and default page size."""

    type_name: str
    make: Callable[[Row], Any]
    purpose: str
    """Sealed into the cursors, so that a cursor of another kind of list is refused."""
    order: tuple[Key, ...]
    size: int | None = None
    connection: type[Connection[Any]] = Connection
    """The GraphQL type; it may have an `eventCursor`."""

    async def page(self, info: Info, paging: Paging, read: ReadPage, count: Count) -> Connection[Any]:
        """Return one page; `read` and `count` are called only if the selection needs rows or `totalCount`."""
        app, selected = info.context.app, Selection.under(info).fields(f"{self.type_name}Connection")
        window = paging.window(app, self.purpose, self.size)
        # Read the position before the rows: a client that subscribes from it misses no change of the rows.
        position = await event_position(info) if "eventCursor" in selected else None
        page = await read(window) if needs_rows(selected) else None
        cursor = cursor_encoder(app, self.purpose, len(self.order))
        connection = build_connection(self.connection, Edge, selected, page or EMPTY, self.make, cursor)
        if position is not None:
            connection.event_cursor = app.cursors.encode(position)  # type: ignore[attr-defined]
        if "totalCount" in selected:
            connection.total_count = await count() or 0
        return connection

    async def page_of_parent(
        self, info: Info, parent: UUID, paging: Paging, read: ReadPages, count: CountEach, projection: Projection | None = None
    ) -> Connection[Any]:
        """Return the page of one parent; the pages of all parents of the level are read with one statement."""
        dataloader = info.context.dataloader
        return await self.page(
            info,
            paging,
            lambda window: dataloader.load((self.purpose, projection, window), parent, partial(read, window)),
            lambda: dataloader.load((self.purpose, "total"), parent, count),
        )
