"""The context of one GraphQL operation: the viewer, the database connection and the DataLoader."""

import asyncio
import weakref
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.dataloader import DataLoader
from gql_leads.domain.errors import Forbidden, Unauthenticated
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.access import viewers
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.rows import Row

NO_DRY_RUN_ROWS: Final[Mapping[tuple[str, UUID], Row]] = {}


def _weak_current_task() -> Callable[[], "asyncio.Task[Any] | None"]:
    """Return a weak reference to the current task; the context of a stream may outlive it."""
    task = asyncio.current_task()
    return weakref.ref(task) if task is not None else lambda: None


class Context:
    """The context of one operation, shared by its resolvers."""

    def __init__(
        self,
        app: AppContext,
        viewer: Viewer | None,
        *,
        session_id: UUID | None = None,
        client_address: str = "",
        response_headers: list[tuple[str, str]] | None = None,
    ) -> None:
        self.app = app
        self.client_address = client_address
        self.response_headers = [] if response_headers is None else response_headers
        """Headers to add to the HTTP response, such as a cookie."""
        self.session_id = session_id
        """The session of the request's token; None for a token that was not made by signing in."""
        self.dry_run_rows: Mapping[tuple[str, UUID], Row] = NO_DRY_RUN_ROWS
        """Rows that a dry run created and rolled back, by table and id; they are read before the database."""
        self._viewer = viewer
        self._task = _weak_current_task()
        self._refreshed_at = 0.0
        self._is_shared = False

    @cached_property
    def dataloader(self) -> DataLoader:
        """The DataLoader, created on first use; subscribers that share a broadcast rarely need it."""
        return DataLoader(self._task())

    @property
    def viewer(self) -> Viewer:
        """The authenticated member; raises Unauthenticated for an anonymous request."""
        if self._viewer is None:
            raise Unauthenticated()
        return self._viewer

    async def enter(self, member_id: UUID) -> Viewer:
        """Return a member who has just signed in; in an anonymous request they are the viewer from now on."""
        viewer = await viewers.viewer_of(self.app.database.reading, member_id)
        if viewer is None:
            raise Unauthenticated("Your access was deactivated.")
        self._viewer = self._viewer or viewer
        return viewer

    @property
    def reader(self) -> LeadReader:
        """A new reader with the viewer's permissions and the current time."""
        return self.app.reader(self.viewer)

    @property
    def connection(self) -> Connection:
        """The connection for reading."""
        return self.app.database.reading

    @property
    def permission_scope(self) -> Hashable | None:
        """The key of viewers with identical permissions; None for an anonymous request."""
        return None if self._viewer is None else self._viewer.permission_scope

    @property
    def member(self) -> Hashable | None:
        """The id of the authenticated member; None for an anonymous request."""
        return self._viewer and self._viewer.member_id

    @property
    def is_shared(self) -> bool:
        """True for a stream that is shared by several subscribers."""
        return self._is_shared

    def for_all(self) -> "Context":
        """Return a context with the same permissions for a stream that is shared by several subscribers."""
        context = Context(self.app, self.viewer)
        context._is_shared = True
        return context

    async def refresh_viewer(self, *, max_age: float = 0.0) -> bool:
        """Reload the viewer's roles and queues, and return True if they changed.

        Does nothing within `max_age` seconds of the last reload.

        Raises Forbidden if the stream is shared and its permission scope changed: its subscribers no longer see the same.
        """
        now, before, permission_scope = asyncio.get_running_loop().time(), self.viewer, self.permission_scope
        if now - self._refreshed_at < max_age:
            return False
        self._refreshed_at = now
        self._viewer = await viewers.refreshed_viewer(self.app.database.reading, before)
        if self._is_shared and self.permission_scope != permission_scope:
            raise Forbidden("Your rights have changed: subscribe again.")
        return self.viewer != before


Info = strawberry.Info[Context, None]
