"""The mutations that sign members in and out."""

from typing import Annotated, Final

import strawberry

from gql_leads.api.mutations.input_fields import optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.organization import Member, own_member
from gql_leads.api.values.scalars import DateTime, EmailAddress
from gql_leads.services.sign_in import sessions
from gql_leads.services.sign_in.cookies import cleared_cookie, refresh_cookie
from gql_leads.store.sql.rows import to_millis

SIGN_IN_FIELDS: Final = ("signIn", "refreshSession", "requestPasswordReset", "setPassword")
"""The mutations that need no token."""


@strawberry.type(description="The tokens of a signed-in member. Over HTTP the refresh token is also set as an HttpOnly cookie for `/auth`.")
class Session:
    access_token: str = strawberry.field(description="The bearer token for requests and sockets.")
    access_token_expires_at: DateTime = strawberry.field(description="The end of the access token. Refresh the session before.")
    refresh_token: str = strawberry.field(
        description="Exchanged once for a new pair by `refreshSession`. A page in a browser does not select it: the cookie has it."
    )
    refresh_token_expires_at: DateTime = strawberry.field(description="The end of the refresh token.")
    member: Member = strawberry.field(description="The member.")


@strawberry.input(description="The address and password of a member.")
class SignInInput:
    email: EmailAddress = required("The member's address.")
    password: str = required("The member's password.")


@strawberry.input(description="The refresh token of a session.")
class RefreshSessionInput:
    refresh_token: str = required("The newest refresh token of the session.")


@strawberry.input(description="The address of a member who needs a new password.")
class RequestPasswordResetInput:
    email: EmailAddress = required("The member's address.")


@strawberry.input(description="A new password.")
class SetPasswordInput:
    token: str = required("The token of the link in an invitation or reset mail. It works once.")
    password: str = required("The new password: 12 to 1,000 characters, and none of the most common ones.")


@strawberry.input(description="The sessions to end.")
class SignOutInput:
    everywhere: bool = optional("True to end every session of the member; false for that of the request's token.", default=False)


@payload
class SignInPayload(Payload):
    session: Session | None = strawberry.field(description="The new session; null if the mutation was refused.")


@payload
class RefreshSessionPayload(Payload):
    session: Session | None = strawberry.field(description="The session with its new tokens; null if the mutation was refused.")


@payload
class RequestPasswordResetPayload(Payload):
    pass


@payload
class SetPasswordPayload(Payload):
    session: Session | None = strawberry.field(description="A new session of the member; null if the mutation was refused.")


@payload
class SignOutPayload(Payload):
    pass


@strawberry.type
class SessionMutations:
    @mutation("Sign a member in. Failed attempts are limited for each account and for each client address, for 15 minutes.")
    async def sign_in(self, info: Info, input: Annotated[SignInInput, INPUT]) -> SignInPayload | None:
        context = info.context
        session = await sessions.sign_in(context.app, input.email, input.password, context.client_address)
        return SignInPayload(errors=[], session=await _opened(context, session))

    @mutation(
        "Exchange a refresh token for a new pair of tokens. A token that was used before ends its session; only within 10 seconds it gets"
        " the same pair again."
    )
    async def refresh_session(self, info: Info, input: Annotated[RefreshSessionInput, INPUT]) -> RefreshSessionPayload | None:
        session = await sessions.refresh_session(info.context.app, input.refresh_token)
        return RefreshSessionPayload(errors=[], session=await _opened(info.context, session))

    @mutation("Ask for a mail with a link to set a new password. It always succeeds, so that nobody learns which addresses are known.")
    async def request_password_reset(
        self, info: Info, input: Annotated[RequestPasswordResetInput, INPUT]
    ) -> RequestPasswordResetPayload | None:
        await sessions.request_password_reset(info.context.app, input.email, info.context.client_address)
        return RequestPasswordResetPayload(errors=[])

    @mutation("Set a password with the token of an invitation or reset mail. It ends the member's other sessions and opens a new one.")
    async def set_password(self, info: Info, input: Annotated[SetPasswordInput, INPUT]) -> SetPasswordPayload | None:
        context = info.context
        session = await sessions.set_password(context.app, input.token, input.password, context.client_address)
        return SetPasswordPayload(errors=[], session=await _opened(context, session))

    @mutation("End sessions: their tokens are invalid at once, and their open sockets are closed.")
    async def sign_out(self, info: Info, input: Annotated[SignOutInput, INPUT]) -> SignOutPayload | None:
        context = info.context
        await sessions.sign_out(context.app, context.viewer, context.session_id, everywhere=input.everywhere)
        context.response_headers.append(("set-cookie", cleared_cookie(context.app.public_url)))
        return SignOutPayload(errors=[])


async def _opened(context: Context, session: sessions.Session) -> Session:
    """Return the session for the client, and set its cookie."""
    cookie = refresh_cookie(session.refresh_token, session.refresh_token_expires_at - context.app.now(), context.app.public_url)
    context.response_headers.append(("set-cookie", cookie))
    return Session(
        access_token=session.access_token,
        access_token_expires_at=DateTime(to_millis(session.access_token_expires_at)),
        refresh_token=session.refresh_token,
        refresh_token_expires_at=DateTime(to_millis(session.refresh_token_expires_at)),
        member=await own_member(context, await context.enter(session.member_id)),
    )
