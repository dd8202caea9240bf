"""What the service's log says of a database that is away."""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

AGAIN_AFTER: Final = 60.0
"""Seconds after which it is said again."""


class OutageLog:
    """Tells of it once, then once a minute, and when it is over, however many notice it however often."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at: float | None = None

    def noticed(self) -> None:
        """The database did not answer."""
        now = self._clock()
        if self._told_at is None or now - self._told_at >= AGAIN_AFTER:
            self._told_at = now
            logger.warning("The database is away: events and what falls due wait for it.")

    def over(self) -> None:
        """It answered."""
        if self._told_at is not None:
            self._told_at = None
            logger.warning("The database is back.")
