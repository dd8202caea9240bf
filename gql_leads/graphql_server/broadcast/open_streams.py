"""The open WebSockets and event streams: their number per member, their expiry, and their heartbeats."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.errors import RATE_LIMITED, Refused, Unauthenticated
from gql_leads.graphql_server.policy import Policy

TICK = 1.0
RECHECK_TIMEOUT = 5.0

log = logging.getLogger(__name__)


class Stream(Protocol):
    """A WebSocket or event stream of a caller."""

    @property
    def caller(self) -> Any:
        """The caller that opened it; None without a token."""

    def end_forbidden(self, reason: str) -> None:
        """End the stream because its caller lost the right to it."""

    def end_for_shutdown(self) -> None:
        """End the stream because this server stops; its client resumes at another."""

    def on_tick(self, now: float) -> None:
        """Send heartbeats and check timeouts; called once a second."""


class OpenStreams:
    """The open streams of this process, supervised by one task that runs while there are any."""

    def __init__(
        self,
        application: Application[Any],
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._application = application
        self._policy = policy
        self._clock = clock
        self._open: dict[str, list[Stream]] = {}
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def add(self, stream: Stream) -> None:
        """Add a stream; refuse one with an expired token, and one too many of its member."""
        if self._has_expired(stream):  # within the leeway; the stream would be ended a second later
            raise Unauthenticated("The token has expired: send a new one.")
        siblings = self._open.setdefault(_key(stream), [])
        if len(siblings) >= self._policy.sockets_per_member:
            allowed = self._policy.sockets_per_member
            raise Refused(f"You have {allowed} streams open, which is all you may have.", RATE_LIMITED, status=429)
        siblings.append(stream)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    def remove(self, stream: Stream) -> None:
        """Remove a stream."""
        key = _key(stream)
        siblings = self._open[key]
        siblings.remove(stream)
        if not siblings:
            del self._open[key]

    def end_all(self) -> None:
        """End all streams because this server stops."""
        for stream in self._streams():
            stream.end_for_shutdown()

    async def _watch(self) -> None:
        checked = time.monotonic()
        while self._open:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self._end_expired()
            if now - checked >= self._policy.recheck_interval:
                checked = now
                await self._end_revoked()
            for stream in self._streams():
                stream.on_tick(now)

    def _streams(self) -> list[Stream]:
        return [stream for siblings in self._open.values() for stream in siblings]

    def _end_expired(self) -> None:
        for stream in self._streams():
            if self._has_expired(stream):
                stream.end_forbidden("The token has expired.")

    def _has_expired(self, stream: Stream) -> bool:
        expires_at: datetime | None = stream.caller.expires_at if stream.caller is not None else None
        return expires_at is not None and expires_at <= self._clock()

    async def _end_revoked(self) -> None:
        callers = [stream.caller for stream in self._streams() if stream.caller is not None]
        try:
            async with asyncio.timeout(RECHECK_TIMEOUT):
                revoked = {id(caller) for caller in await self._application.revoked(callers)}
        except Exception:
            log.exception("the rights behind %d open streams could not be checked again", len(callers))
            return
        for stream in self._streams():
            if id(stream.caller) in revoked:
                stream.end_forbidden("The member behind the token may no longer do this.")


def _key(stream: Stream) -> str:
    return stream.caller.key if stream.caller is not None else ""
