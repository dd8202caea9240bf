"""The running requests of a server, for a lifespan that cancels what takes too long when the server stops."""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final

STATE_KEY: Final = "gql_leads.request_tasks"


class RequestTasks:
    """The tasks of the requests and WebSockets of a server; the lifespan puts it into its state under `STATE_KEY`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def track(self, tasks: set[asyncio.Task[None]]) -> None:
        """Use this set, which the server keeps current."""
        self._tasks = tasks

    def cancel(self) -> int:
        """Cancel all tasks; return how many there are."""
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)


def track_tasks(state: MutableMapping[str, Any], tasks: set[asyncio.Task[None]]) -> None:
    """Give the server's set of tasks to the lifespan, if the lifespan has asked for it."""
    request_tasks: RequestTasks | None = state.get(STATE_KEY)
    if request_tasks is not None:
        request_tasks.track(tasks)
