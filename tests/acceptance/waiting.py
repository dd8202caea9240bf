"""Wait for what a server does in its own time."""

import time
from collections.abc import Callable
from typing import Final

from tests.acceptance.client import TIMEOUT_SECONDS

LONGEST: Final = 3 * TIMEOUT_SECONDS
"""Longer than uvicorn needs to miss a worker that was killed while it was pinged, which is 60 s."""


def wait_until(condition: Callable[[], object], *state: Callable[[], object]) -> None:
    """Wait until the condition holds; fail with what the other functions return."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, [read() for read in state]
        time.sleep(0.05)
