"""Pages as Relay connections: their arguments, their sealed cursors, and only what was selected of them."""

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
from gql_leads.store.events.cursor_codec import InvalidCursor
from gql_leads.store.sql.pagination import EMPTY, Key, Page, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row, to_json

Node_ = TypeVar("Node_")
T = TypeVar("T")

EDGES: Final = "The rows, each with its cursor."
NODES: Final = "The rows themselves, where no cursors are needed."
PAGE_INFO: Final = "Where this page lies."
TOTAL_COUNT: Final = "How many there are on all pages. Counted only when asked for."
CURSOR: Final = "Where this row stands: pass it as `after` or `before`."
NODE: Final = "The row."
CURSOR_BLOCK_SIZE: Final = 24
"""The length of what a cursor holds is a multiple of so many bytes."""

First = Annotated[int | None, strawberry.argument(description="How many rows at most, from 1 to 200.")]
After = Annotated[str | None, strawberry.argument(description="Only rows behind this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many rows at most, counted from the end, from 1 to 200. Not together with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor; null on an empty page.")


@strawberry.type(description="A row and where it stands.")
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
        """The rows that are asked for; raises BadInput where the arguments make no sense."""
        return Window(
            size=self.size(app, default),
            backward=isinstance(self.last, int),
            after=_decode_cursor(app, purpose, "after", self.after),
            before=_decode_cursor(app, purpose, "before", self.before),
        )

    def size(self, app: AppContext, default: int | None = None) -> int:
        """How many rows are asked for at most; raises BadInput where that is no number to ask for."""
        if isinstance(self.first, int) and isinstance(self.last, int):
            raise BadInput("Give either `first` or `last`, not both.")
        size = self.first if isinstance(self.first, int) else self.last if isinstance(self.last, int) else None
        if size is not None and not 1 <= size <= app.max_page_size:
            name = "first" if isinstance(self.first, int) else "last"
            raise BadInput(f"Give `{name}` as a whole number from 1 to {app.max_page_size}: it is {size}.")
        return size or default or app.page_size


def _decode_cursor(app: AppContext, purpose: str, name: str, cursor: Cursor) -> tuple[Any, ...] | None:
    if not isinstance(cursor, str):
        return None
    try:
        return tuple(json.loads(app.cursor_codec.open(purpose, cursor)))
    except InvalidCursor:
        raise BadInput(
            f"`{name}` is no cursor of this list in this order. Pass a cursor that this very query gave you, or leave it out."
        ) from None


def cursor_encoder(app: AppContext, purpose: str, width: int) -> Callable[[Row], str]:
    """How a row's cursor is made in an order of so many keys."""
    names = [f"k{number}" for number in range(width)]
    return lambda row: app.cursor_codec.seal(purpose, _pad(to_json([row[name] for name in names]).encode()))


def _pad(payload: bytes) -> bytes:
    """Filled up with blanks: the length of a cursor must not tell how long a row's number is, which tells how many rows there are."""
    return payload + b" " * (-len(payload) % CURSOR_BLOCK_SIZE)


def row_selection(asked: Mapping[str, Selection], edge: str, nothing: Selection) -> Selection:
    """What is selected of the rows, below `nodes` and below `edges`."""
    below_edges = asked["edges"].fields(edge).get("node", nothing) if "edges" in asked else nothing
    return asked.get("nodes", nothing) | below_edges


def needs_rows(asked: Mapping[str, Selection]) -> bool:
    """Whether the rows are needed at all."""
    return not asked.keys().isdisjoint({"edges", "nodes", "pageInfo"})


def build_connection(
    kind: type[T],
    edge: type,
    asked: Mapping[str, Selection],
    page: Page,
    make: Callable[[Row], Any],
    cursor: Callable[[Row], str],
) -> T:
    """A connection of this type that holds what was selected of the page."""
    needed = not asked.keys().isdisjoint({"edges", "nodes"})
    nodes = [make(row) for row in page.rows] if needed else []
    facts: dict[str, Any] = {"nodes": nodes}
    if "edges" in asked:
        facts["edges"] = [construct(edge, cursor=cursor(row), node=node) for row, node in zip(page.rows, nodes, strict=True)]
    if "pageInfo" in asked:
        facts["page_info"] = _page_info(page.rows, page, cursor)
    return construct(kind, **facts)


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


@dataclass(frozen=True, slots=True)
class ConnectionType:
    """The rows of a kind of connection: the type of what is made of them, and how, their order, and how many a page has unless asked."""

    type_name: str
    make: Callable[[Row], Any]
    purpose: str
    """What their cursors are good for."""
    order: tuple[Key, ...]
    size: int | None = None

    async def page(self, info: Info, paging: Paging, read: ReadPage, count: Count) -> Connection[Any]:
        """One page, read where rows were selected, and with the number of all rows where that was."""
        app, asked = info.context.app, Selection.under(info).fields(f"{self.type_name}Connection")
        window = paging.window(app, self.purpose, self.size)
        page = await read(window) if needs_rows(asked) else None
        cursor = cursor_encoder(app, self.purpose, len(self.order))
        filled: Connection[Any] = build_connection(Connection, Edge, asked, page or EMPTY, self.make, cursor)
        if "totalCount" in asked:
            filled.total_count = await count() or 0
        return filled

    async def page_of_parent(
        self, info: Info, parent: UUID, paging: Paging, read: ReadPages, count: CountEach, projection: Projection | None = None
    ) -> Connection[Any]:
        """The page of one parent, read together with those of all others of its level; `projection` is what is read of each row."""
        dataloader = info.context.dataloader
        return await self.page(
            info,
            paging,
            lambda window: dataloader.load((self.purpose, projection, window), parent, partial(read, window)),
            lambda: dataloader.load((self.purpose, "total"), parent, count),
        )
