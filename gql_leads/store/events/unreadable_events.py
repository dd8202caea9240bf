"""Events that cannot be decoded, each of which is logged once and counted.

A newer release wrote an unknown value, or the row is damaged.
"""

import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

logger = logging.getLogger(__name__)

MAX_NOTICED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Marks an event whose content is unknown, but for its lead or opportunity and its type if those can be read."""

    lead_id: UUID | None
    event_type: type | None = None


class UnreadableEvents:
    """The events that this process could not decode."""

    def __init__(self) -> None:
        self.total = 0
        self._noticed: set[tuple[object, ...]] = set()

    def notice(self, position: tuple[int, ...], lead_id: object, error: Exception) -> None:
        """Log and count an event, unless that was done before: replays read it again and again."""
        event = (*position, lead_id)
        if event in self._noticed:
            return
        if len(self._noticed) >= MAX_NOTICED:
            self._noticed.clear()
        self._noticed.add(event)
        self.total += 1
        logger.error(
            "Event %s of lead %s cannot be decoded (%s: %s). It is skipped; clients whose cursor is before it load their lists again.",
            position[-1], lead_id, type(error).__name__, error,
        )  # fmt: skip


unreadable_events: Final = UnreadableEvents()
