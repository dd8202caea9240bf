"""What every resolver of one operation shares: who asks, through what they read, and what a level reads at once."""

import asyncio
import weakref
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
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
from gql_leads.store.events.event_log import Position
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.rows import Row

NO_DRY_RUN_ROWS: Final[Mapping[tuple[str, UUID], Row]] = {}


@dataclass(slots=True)
class Progress:
    """Where a stream is in the event log, and up to where it goes; the endpoint's `application.Progress` tells of each."""

    reached: Position | None = None
    telling: Position | None = None
    newest: Position | None = None
    waits: bool = True
    until: Position | None = None


def _weak_current_task() -> Callable[[], "asyncio.Task[Any] | None"]:
    """Tells the task that is running now, as long as it is: what remembers it may be a stream's, and last much longer."""
    task = asyncio.current_task()
    return weakref.ref(task) if task is not None else lambda: None


class Context:
    """One operation."""

    def __init__(self, app: AppContext, viewer: Viewer | None) -> None:
        self.app = app
        self.progress = Progress()
        self.dry_run_rows: Mapping[tuple[str, UUID], Row] = NO_DRY_RUN_ROWS
        """The rows that a dry run made and nothing else finds, by table and id: read before the database's."""
        self.last_event_id: str | None = None
        """What the client of a stream says that it received last: it goes on behind it, whatever `after` says."""
        self._viewer = viewer
        self._task = _weak_current_task()
        self._refreshed_at = 0.0
        self._is_shared = False

    @cached_property
    def dataloader(self) -> DataLoader:
        """What a level reads at once; made when it is needed, which is seldom for a subscription whose group tells it."""
        return DataLoader(self._task())

    @property
    def viewer(self) -> Viewer:
        """Who is asking; raises Unauthenticated where nobody came in."""
        if self._viewer is None:
            raise Unauthenticated()
        return self._viewer

    @property
    def reader(self) -> LeadReader:
        """The viewer's way to read, now."""
        return self.app.reader(self.viewer)

    @property
    def connection(self) -> Connection:
        """What is read through."""
        return self.app.database.reading

    @property
    def cursor(self) -> str | None:
        """The cursor from which a stream that is cut off here goes on."""
        reached = self.progress.reached
        return None if reached is None else self.app.cursors.seal(reached)

    @property
    def permission_scope(self) -> Hashable | None:
        """What viewers who are told the same have in common; None where nobody came in."""
        viewer = self._viewer
        if viewer is None:
            return None
        if viewer.is_vendor and not viewer.sees_everything:
            return viewer.member_id, viewer.roles
        return viewer.partner_id, viewer.roles

    @property
    def member(self) -> Hashable | None:
        """The member who came in, if any."""
        return self._viewer and self._viewer.member_id

    def for_all(self) -> "Context":
        """A context with the same rights, for one stream to many."""
        context = Context(self.app, self.viewer)
        context._is_shared = True
        return context

    async def refresh_viewer(self, *, max_age: float = 0.0) -> bool:
        """Read the viewer of a long-lived stream anew, and tell whether they changed: roles and open queues do. Not if just done.

        Raises Forbidden where one stream is for many, and the standing of the one it was made for has changed.
        """
        now, before, permission_scope = asyncio.get_running_loop().time(), self.viewer, self.permission_scope
        if now - self._refreshed_at < max_age:
            return False
        self._refreshed_at = now
        self._viewer = await viewers.viewer_of(self.app.database.reading, before.member_id)
        if self._is_shared and self.permission_scope != permission_scope:
            raise Forbidden("Your rights have changed: subscribe again.")
        return self.viewer != before


Info = strawberry.Info[Context, None]
