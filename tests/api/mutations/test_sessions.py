"""Signing in through the API."""

import re

from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import links
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World

SESSION = "session { accessToken refreshToken member { name email partner { name } } }"


async def token_of_mail(app: AppContext, kind: str) -> str:
    """Return the token of the newest link that was mailed."""
    rows = await app.database.reading.fetch("SELECT link_id FROM mail WHERE kind = ? ORDER BY id DESC", kind)
    return (await links.address_of(app, app.database.reading, rows[0]["link_id"])).partition("token=")[2]


async def test_invited_member_sets_a_password_signs_in_and_refreshes(app: AppContext, world: World, ask: Ask) -> None:
    invited = await mutate(
        ask, world.referrals, "inviteMember", "member { name roles }",
        name="Nina New", email="nina@acme.example", roles=["SALES_REP"], language="FR",
    )  # fmt: skip
    assert invited["member"] == {"name": "Nina New", "roles": ["SALES_REP"]}
    token = await token_of_mail(app, "INVITATION")
    weak = await mutate(ask, None, "setPassword", SESSION, token=token, password="short")
    assert errors_of(weak) == [("InvalidInput", ["password"])]
    first = await mutate(ask, None, "setPassword", SESSION, token=token, password="correct horse battery")
    assert first["session"]["member"] == {"name": "Nina New", "email": "nina@acme.example", "partner": {"name": "Acme Cloud"}}
    signed_in = await mutate(ask, None, "signIn", SESSION, email="nina@acme.example", password="correct horse battery")
    refreshed = await mutate(ask, None, "refreshSession", SESSION, refreshToken=signed_in["session"]["refreshToken"])
    assert refreshed["session"]["member"] == signed_in["session"]["member"]
    for wrong in ({"email": "nina@acme.example", "password": "x"}, {"email": "x@acme.example", "password": "correct horse battery"}):
        refused = await mutate(ask, None, "signIn", SESSION, **wrong)
        assert (refused["session"], errors_of(refused)) == (None, [("SignInRefused", None)])
    assert errors_of(await mutate(ask, None, "refreshSession", SESSION, refreshToken="x")) == [("SignInRefused", None)]
    assert errors_of(await mutate(ask, world.rep, "signOut", "", everywhere=True)) == []
    assert errors_of(await mutate(ask, None, "requestPasswordReset", "", email="nobody@acme.example")) == []


async def test_no_secret_is_stored(app: AppContext, world: World, ask: Ask) -> None:
    await mutate(ask, world.admin, "inviteMember", "member { id }", name="V", email="v@vendor.example", roles=["SELLER"])
    token = await token_of_mail(app, "INVITATION")
    session = (await mutate(ask, None, "setPassword", SESSION, token=token, password="correct horse battery"))["session"]
    for table in ("password", "one_time_link", "session", "refresh_token", "mail"):
        for row in await app.database.reading.fetch(f"SELECT * FROM {table}"):
            stored = repr(dict(row))  # type: ignore[call-overload]
            assert not re.search("|".join(map(re.escape, (token, session["refreshToken"], "correct horse"))), stored)
