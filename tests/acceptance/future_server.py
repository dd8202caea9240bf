"""A server whose clock is ahead, in a thread of this process, because a process cannot move the system clock."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import uvicorn

from gql_leads.app import create_app
from gql_leads.settings import load_settings
from tests.acceptance.server import SECRET, STOP_LASTS, variables


def clock_ahead(by: timedelta) -> datetime:
    """Return the current time plus `by`, in whole milliseconds."""
    now = datetime.now(UTC) + by
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@contextmanager
def serving_in_the_future(database_url: str, by: timedelta, **settings: str) -> Iterator[str]:
    """Run a server whose clock is ahead by `by`; yield its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    given = {"database_url": database_url, "secret": SECRET, "public_url": base} | settings
    app = create_app(load_settings(variables(given)), clock=lambda: clock_ahead(by))
    config = uvicorn.Config(app, log_level="critical", ws_per_message_deflate=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server has not started"
            time.sleep(0.01)
        yield base
    finally:
        server.should_exit = True
        thread.join(STOP_LASTS)
        listener.close()
