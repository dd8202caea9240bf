"""The identity provider: verifies its tokens, caches what was verified, and logs why tokens are refused."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from gql_leads.domain.errors import Unauthenticated
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.rules import ClaimRules
from gql_leads.domain.values.validation import MOST_EMAIL
from gql_leads.domain.viewer import Viewer
from gql_leads.services.sign_in.oidc.id_tokens import Identity, RefusedToken, check_period, read_claims, read_header, verify_signature
from gql_leads.services.sign_in.oidc.issuer_documents import KeysById
from gql_leads.services.sign_in.oidc.issuer_keys import IssuerKeys
from gql_leads.services.sign_in.oidc.members import viewer_of_identity
from gql_leads.services.sign_in.tokens import INVALID_TOKEN
from gql_leads.store.access.viewers import AddressedViewer

MEMOIZED: Final = 4096
"""Number of verified tokens whose claims are cached."""
LOGGED_AGAIN_AFTER: Final = timedelta(minutes=1)
MOST_REASONS: Final = 100

logger = logging.getLogger(__name__)
Find = Callable[[str], Awaitable[AddressedViewer | None]]


class IdentityProvider:
    """Authenticates members by the tokens of one issuer."""

    def __init__(self, rules: ClaimRules, keys: IssuerKeys | None = None) -> None:
        self._rules = rules
        self._keys = keys or IssuerKeys(rules.issuer)
        self._verified: OrderedDict[bytes, Identity] = OrderedDict()
        """The newest verified tokens by their hash: verifying a signature takes longer than all else."""
        self._verified_with: KeysById = self._keys.known
        self._logged: dict[str, datetime] = {}

    async def run(self) -> None:
        """Keep the issuer's keys current until cancelled."""
        await self._keys.run()

    async def authenticate(self, token: str, now: datetime, find: Find) -> tuple[Viewer, datetime]:
        """Return the member of a token and the token's end; raise Unauthenticated, always with the same words.

        `find` returns the active member with a folded e-mail address. Raise Unavailable if no key of the issuer is known.
        """
        try:
            identity = await self._identity(token)
            check_period(identity, now)
            found = await find(email_key(identity.email)) if len(identity.email) <= MOST_EMAIL else None
            return viewer_of_identity(identity, found), identity.expires_at
        except RefusedToken as refused:
            self._log(str(refused), now)
            raise Unauthenticated(INVALID_TOKEN) from None

    async def _identity(self, token: str) -> Identity:
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        if (identity := self._current_cache().get(digest)) is not None:
            self._verified.move_to_end(digest)
            return identity
        header = read_header(token)
        by_algorithm = await self._keys.find(header.key_id)
        key = None if by_algorithm is None else by_algorithm.get(header.algorithm)
        if key is None:
            raise RefusedToken("the identity provider publishes no key with its key id and algorithm")
        identity = read_claims(verify_signature(token, header.algorithm, key), self._rules)
        verified = self._current_cache()
        verified[digest] = identity
        if len(verified) > MEMOIZED:
            verified.popitem(last=False)
        return identity

    def _current_cache(self) -> OrderedDict[bytes, Identity]:
        """Return the cache; empty it if the keys were refreshed, because one may have been withdrawn."""
        if self._verified_with is not self._keys.known:
            self._verified.clear()
            self._verified_with = self._keys.known
        return self._verified

    def _log(self, reason: str, now: datetime) -> None:
        """Log why a token is refused, each reason at most once a minute."""
        self._logged = {one: at for one, at in self._logged.items() if now - at < LOGGED_AGAIN_AFTER}
        if reason not in self._logged and len(self._logged) < MOST_REASONS:
            self._logged[reason] = now
            logger.warning("A token of the identity provider was refused: %s.", reason)
