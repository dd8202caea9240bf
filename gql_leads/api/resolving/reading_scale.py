"""The share of the calibrated number of leads that a viewer sees, by which the costs of reading them are scaled."""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Final

from gql_leads.api.resolving.context import Context
from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lists

FULL_SCALE: Final = 200_000
"""The number of leads in sight for which works are declared; more leads cost no more."""
PARTNER_FACTOR: Final = 2.0
"""How much more a lead costs where it is read for a partner, by several indexes and with conditions that hide parts of it."""
LASTS: Final = 600.0
"""Seconds after which the leads of a viewer are counted again."""
MAX_KNOWN: Final = 10_000


class ReadingScales:
    """The scales of viewers by their permission scope, counted at their sign-in."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[Hashable, tuple[float, float]] = {}
        """The scale of a scope, and when it was counted."""
        self._lock = asyncio.Lock()

    def scale(self, context: Context) -> float:
        """Return the scale of a context; 1 before the first count, 0 for an anonymous request."""
        scope = context.permission_scope
        if scope is None:
            return 0.0
        known = self._known.get(scope)
        return 1.0 if known is None else known[0]

    async def refresh(self, connection: Connection, viewer: Viewer) -> None:
        """Count the leads that the viewer sees, unless it was done lately."""
        scope = viewer.permission_scope
        if self._is_current(scope):
            return
        async with self._lock:
            if self._is_current(scope):
                return
            counted = await lists.visible_up_to(connection, viewer, FULL_SCALE)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            scale = counted / FULL_SCALE * (1.0 if viewer.is_vendor else PARTNER_FACTOR)
            self._known[scope] = min(1.0, scale), self._clock()

    def _is_current(self, scope: Hashable) -> bool:
        known = self._known.get(scope)
        return known is not None and self._clock() - known[1] < LASTS
