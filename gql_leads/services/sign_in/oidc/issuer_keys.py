"""The public keys of the identity provider, kept in memory and refreshed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from gql_leads.domain.errors import Unavailable
from gql_leads.services.sign_in.oidc.issuer_documents import IssuerFault, Key, KeysById, fetch_keys

REFRESH_SECONDS: Final = 3600.0
"""Pause between two refreshes; a key that the issuer has removed is accepted no longer."""
ASK_SECONDS: Final = 60.0
"""Shortest time between two refreshes for unknown keys."""
RETRY_SECONDS: Final = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Pauses after failed refreshes in a row; the last one repeats."""
NOTHING_KNOWN: Final = "Tokens of the identity provider cannot be checked right now. Try again in a moment."

logger = logging.getLogger(__name__)


class IssuerKeys:
    """Keys of one issuer; while it is away, the keys already known stay in use."""

    def __init__(
        self,
        issuer: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        fetch: Callable[[str], Awaitable[KeysById]] = fetch_keys,
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._fetch = fetch
        self._failures = 0
        self._asked_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self.known: KeysById = {}
        """The keys; a refresh replaces the object."""

    async def run(self) -> None:
        """Refresh the keys at intervals until cancelled."""
        try:
            while True:
                await self._refresh()
                await asyncio.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS)) - 1] if self._failures else REFRESH_SECONDS)
        finally:
            if self._refreshing is not None:
                self._refreshing.cancel()

    async def find(self, key_id: str) -> Mapping[str, Key] | None:
        """Return the key with this id by algorithm; raise Unavailable if no key at all could be fetched yet.

        An unknown id refreshes the keys, at most once a minute.
        """
        if key_id not in self.known and self._refreshing is not None:
            await asyncio.shield(self._refreshing)
        if key_id not in self.known and self._may_ask():
            self._asked_at = self._clock()
            await self._refresh()
        if not self.known:
            raise Unavailable(NOTHING_KNOWN)
        return self.known.get(key_id)

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= ASK_SECONDS

    async def _refresh(self) -> None:
        """Fetch the keys, or wait for the fetch that runs; it goes on if a caller is cancelled."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._fetch_once())
        await asyncio.shield(self._refreshing)

    async def _fetch_once(self) -> None:
        try:
            self.known = await self._fetch(self._issuer)
        except IssuerFault as fault:
            self._failures += 1
            rest = "Tokens whose keys are known are still accepted" if self.known else "None of its tokens can be accepted until then"
            logger.warning("The keys of the identity provider could not be fetched: %s. %s; it is tried again.", fault, rest)
        else:
            if self._failures:
                logger.warning("The identity provider answers again.")
            self._failures = 0
        finally:
            self._refreshing = None
