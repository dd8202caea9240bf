"""The callers of requests: members behind bearer tokens, API keys and an identity provider's tokens."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from starlette.datastructures import Headers

from gql_leads.api.resolving.dataloader import DataLoader
from gql_leads.api.resolving.reading_scale import ReadingScales
from gql_leads.domain import errors
from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.errors import Unauthenticated
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import api_keys
from gql_leads.services.sign_in.oidc.identity_provider import IdentityProvider
from gql_leads.store.access.viewers import (
    AddressedViewer,
    live_sessions,
    viewer_of,
    viewers_of,
    viewers_with_addresses,
    with_token_roles,
)
from gql_leads.store.sql.rows import from_millis


@dataclass(frozen=True)
class Caller:
    """The member of a valid token, as they were when the token was checked."""

    viewer: Viewer
    expires_at: datetime | None
    session_id: UUID | None = None

    @property
    def key(self) -> str:
        """The rate limit key: the member's id."""
        return str(self.viewer.member_id)


class Callers:
    """Authenticates callers, and finds those who have lost a right since."""

    def __init__(self, app_of: Callable[[], AppContext], identity_provider: IdentityProvider | None = None) -> None:
        self._app_of = app_of
        self._identity_provider = identity_provider
        self._viewer_loader = DataLoader()
        self.reading_scales = ReadingScales()

    async def authenticate(self, token: str, _: Headers) -> Caller:
        """Return the member of a bearer token; raise Unauthenticated if the token is invalid or the member inactive."""
        app = self._app_of()
        try:
            caller = await self._caller(app, token)
        except errors.Unauthenticated as error:
            raise Unauthenticated(error.message) from None
        await self.reading_scales.refresh(app.database.reading, caller.viewer)
        return caller

    async def _caller(self, app: AppContext, token: str) -> Caller:
        if token.startswith(api_keys.PREFIX):
            return await self._caller_of_key(app, token)
        if self._identity_provider is not None and not app.credentials.tokens.issued(token):
            return Caller(*await self._identity_provider.authenticate(token, app.now(), partial(self._with_address, app)))
        claims = app.credentials.tokens.verify(token, app.now())
        viewer = await self._viewer(app, claims.member_id)
        if viewer is None:
            raise errors.Unauthenticated("The member of this token is not active.")
        if claims.session_id is not None and not await live_sessions(app.database.reading, [claims.session_id]):
            raise errors.Unauthenticated("The session of this token has ended. Sign in again.")
        return Caller(viewer, claims.expires_at, claims.session_id)

    async def _caller_of_key(self, app: AppContext, secret: str) -> Caller:
        """Return the member as which an API key acts."""
        key = await api_keys.key_of_secret(app, secret)
        viewer = None if key is None else await self._viewer(app, key.member_id)
        if key is None or viewer is None:
            raise errors.Unauthenticated("The API key is not valid: it was revoked, has expired, or never was one.")
        return Caller(viewer, None if key.expires_at is None else from_millis(key.expires_at))

    async def _viewer(self, app: AppContext, member_id: UUID) -> Viewer | None:
        """Return the current viewer, or None if the member is inactive; PostgreSQL reads are batched."""
        reader = app.database.reading
        if reader.dialect == "sqlite":  # One read on SQLite is faster than waiting for a batch.
            return await viewer_of(reader, member_id)
        return await self._viewer_loader.load("viewer", member_id, partial(viewers_of, reader))

    async def _with_address(self, app: AppContext, email_key: str) -> AddressedViewer | None:
        """Return the active member with this folded e-mail address; reads are batched."""
        return await self._viewer_loader.load("address", email_key, partial(viewers_with_addresses, app.database.reading))

    async def revoked(self, callers: Sequence[Caller]) -> Collection[Caller]:
        """Return the callers whose member was deactivated, lost a role or changed partner since authentication."""
        try:
            reading = self._app_of().database.reading
            now = await viewers_of(reading, {caller.viewer.member_id for caller in callers})
            live = await live_sessions(reading, {caller.session_id for caller in callers if caller.session_id is not None})
        except errors.Unavailable:
            return ()  # Without the database no new events are delivered either; the next check decides.
        return [
            caller
            for caller in callers
            if not _keeps_permissions(caller.viewer, now.get(caller.viewer.member_id))
            or (caller.session_id is not None and caller.session_id not in live)
        ]


def _keeps_permissions(before: Viewer, now: Viewer | None) -> bool:
    """Return True if the member still has every role and the same partner; None is an inactive member."""
    now = with_token_roles(before, now)
    return now is not None and before.roles <= now.roles and before.partner_id == now.partner_id
