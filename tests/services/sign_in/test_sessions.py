"""Signing in and out, refresh tokens, one-time links and their limits."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from gql_leads.domain.commands import SavePartner
from gql_leads.domain.errors import Invalid, SignInRefused
from gql_leads.domain.members import UpdateMember
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.maintenance.scheduled_jobs import delete_old_records, run_due_jobs
from gql_leads.services.members import update_member
from gql_leads.services.partners import save_partner
from gql_leads.services.sign_in import links, sessions
from gql_leads.services.sign_in.links import LinkPurpose
from gql_leads.services.sign_in.passwords import Passwords
from gql_leads.store.access.viewers import live_sessions
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import Clock

PASSWORD: Final = "correct horse battery"
EMAIL: Final = "rita.rep@people.example"
HOME, ELSEWHERE = "address 192.0.2.1", "address 192.0.2.2"


async def link_of(app: AppContext, who: Viewer, purpose: LinkPurpose = LinkPurpose.INVITATION) -> str:
    """Return the token of a new link."""
    async with app.database.transaction() as connection:
        link_id = await links.create_link(app, connection, who.member_id, purpose)
        return (await links.address_of(app, connection, link_id)).partition("token=")[2]


async def with_password(app: AppContext, who: Viewer, password: str = PASSWORD) -> sessions.Session:
    return await sessions.set_password(app, await link_of(app, who), password, HOME)


async def is_live(app: AppContext, session: sessions.Session) -> bool:
    """Return whether the session was not ended, even if its access token has expired."""
    claims = app.credentials.tokens.verify(session.access_token, session.access_token_expires_at)
    assert claims.session_id is not None
    return claims.session_id in await live_sessions(app.database.reading, [claims.session_id])


async def refusal(attempt: object) -> str:
    with pytest.raises(SignInRefused) as refused:
        await attempt  # type: ignore[misc]
    return refused.value.message


async def test_member_signs_in_with_the_password_of_their_link(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)
    session = await sessions.sign_in(app, EMAIL.upper(), PASSWORD, HOME)
    assert session.member_id == app.credentials.tokens.verify(session.access_token, app.now()).member_id == world.rep.member_id
    assert await is_live(app, session)


async def test_wrong_unknown_and_inactive_members_get_one_answer(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)
    await with_password(app, world.colleague)
    await update_member(app, world.referrals, UpdateMember(member_id=world.colleague.member_id, is_active=False))
    answers = {
        await refusal(sessions.sign_in(app, email, password, HOME))
        for email, password in (
            (EMAIL, "wrong horse battery"),
            (EMAIL, ""),
            (EMAIL, "x" * 100_000),
            ("nobody@people.example", PASSWORD),
            ("x" * 1000, PASSWORD),
            ("rafa.referrals@people.example", PASSWORD),
            ("colin.colleague@people.example", PASSWORD),
        )
    }
    assert answers == {SignInRefused().message}


@pytest.mark.parametrize("email", ["", "@", "a\0@b.example", "a\ud800@b.example", "a@b.example\n", "x" * 1_000_000, "\ufb03" * 254])
async def test_an_address_that_nobody_can_have_is_one_of_nobody(app: AppContext, email: str) -> None:
    assert await refusal(sessions.sign_in(app, email, PASSWORD, HOME)) == str(SignInRefused())
    await sessions.request_password_reset(app, email, HOME)
    await run_due_jobs(app)


async def test_refresh_token_works_once_and_its_reuse_ends_the_session(app: AppContext, world: World, clock: Clock) -> None:
    first = await with_password(app, world.rep)
    clock.advance(minutes=5)
    second = await sessions.refresh_session(app, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    clock.advance(seconds=10)
    assert await sessions.refresh_session(app, first.refresh_token) == second
    assert await is_live(app, second)
    clock.advance(seconds=1)
    assert "ended" in await refusal(sessions.refresh_session(app, first.refresh_token))
    assert not await is_live(app, second)
    await refusal(sessions.refresh_session(app, second.refresh_token))


async def test_concurrent_refreshes_get_the_same_pair(app: AppContext, world: World) -> None:
    first = await with_password(app, world.rep)
    pairs = await asyncio.gather(*[sessions.refresh_session(app, first.refresh_token) for _ in range(5)])
    assert len(set(pairs)) == 1


async def test_refresh_is_refused_after_expiry_deactivation_and_for_made_up_tokens(app: AppContext, world: World, clock: Clock) -> None:
    first, other = await with_password(app, world.rep), await with_password(app, world.colleague)
    await update_member(app, world.referrals, UpdateMember(member_id=world.colleague.member_id, is_active=False))
    for token in (other.refresh_token, "", "x" * 43, first.access_token, "\ud800"):
        await refusal(sessions.refresh_session(app, token))
    clock.advance(days=30)
    await refusal(sessions.refresh_session(app, first.refresh_token))


async def test_sign_out_ends_one_session_or_all(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)
    one, two, three = [await sessions.sign_in(app, EMAIL, PASSWORD, HOME) for _ in range(3)]
    claims = app.credentials.tokens.verify(one.access_token, app.now())
    await sessions.sign_out(app, world.rep, claims.session_id, everywhere=False)
    assert [await is_live(app, session) for session in (one, two, three)] == [False, True, True]
    with pytest.raises(Invalid):
        await sessions.sign_out(app, world.rep, None, everywhere=False)
    await sessions.end_session_of(app, two.refresh_token)
    assert [await is_live(app, session) for session in (two, three)] == [False, True]
    await sessions.sign_out(app, world.rep, None, everywhere=True)
    assert not await is_live(app, three)


async def test_sessions_end_with_the_activity_of_the_member_or_the_partner(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)

    async def change_member(*, is_active: bool) -> None:
        await update_member(app, world.referrals, UpdateMember(member_id=world.rep.member_id, is_active=is_active))

    async def change_partner(*, is_active: bool) -> None:
        await save_partner(app, world.admin, SavePartner(partner_id=world.acme, is_active=is_active))

    for change in (change_member, change_partner):
        session, other = await sessions.sign_in(app, EMAIL, PASSWORD, HOME), await with_password(app, world.seller)
        await change(is_active=False)
        await change(is_active=True)
        assert [await is_live(app, one) for one in (session, other)] == [False, True]
        await refusal(sessions.refresh_session(app, session.refresh_token))


@pytest.mark.parametrize("happens", ["another password", "deactivation"])
async def test_what_happens_while_a_password_is_hashed_counts(app: AppContext, world: World, happens: str) -> None:
    """A password that its member replaces because somebody knows it opens no session any more."""
    await with_password(app, world.rep)
    passwords = app.credentials.passwords

    class Interrupted(Passwords):
        async def hash(self, password: str) -> str:
            return await passwords.hash(password)

        async def verify(self, encoded: str | None, password: str) -> bool:
            is_right = await passwords.verify(encoded, password)
            if happens == "another password":
                await with_password(app, world.rep, "another horse battery")
            else:
                await update_member(app, world.referrals, UpdateMember(member_id=world.rep.member_id, is_active=False))
            return is_right

    slow = replace(app, credentials=replace(app.credentials, passwords=Interrupted()))
    assert await refusal(sessions.sign_in(slow, EMAIL, PASSWORD, HOME)) == str(SignInRefused())


async def test_made_up_refresh_tokens_open_no_transaction(app: AppContext) -> None:
    # On SQLite, another transaction would wait for this one.
    async with asyncio.timeout(60), app.database.transaction():
        await refusal(sessions.refresh_session(app, "made up"))
        await sessions.end_session_of(app, "made up")


async def test_failed_attempts_are_limited_but_never_for_good(app: AppContext, world: World, clock: Clock) -> None:
    await with_password(app, world.rep)
    for number in range(10):
        await refusal(sessions.sign_in(app, EMAIL, "wrong horse battery", f"attacker {number}"))
    # The account is limited for strangers, and not where the member usually signs in.
    assert "Too many" in await refusal(sessions.sign_in(app, EMAIL, PASSWORD, ELSEWHERE))
    assert await is_live(app, await sessions.sign_in(app, EMAIL, PASSWORD, HOME))
    for number in range(10):
        await refusal(sessions.sign_in(app, EMAIL, "wrong horse battery", f"attacker {number}"))
    for _ in range(3):  # attempts beyond the limit do not prolong it
        clock.advance(minutes=5)
        await refusal(sessions.sign_in(app, EMAIL, "wrong horse battery", "attacker"))
    clock.advance(seconds=1)
    assert await is_live(app, await sessions.sign_in(app, EMAIL, PASSWORD, ELSEWHERE))


async def test_attempts_of_one_client_are_limited_over_all_accounts(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)
    for number in range(10):
        await refusal(sessions.sign_in(app, f"nobody{number}@people.example", PASSWORD, ELSEWHERE))
    assert "Too many" in await refusal(sessions.sign_in(app, EMAIL, PASSWORD, ELSEWHERE))


async def test_attempts_at_the_same_time_are_limited_alike(app: AppContext, world: World) -> None:
    await with_password(app, world.rep)
    guesses = [sessions.sign_in(app, EMAIL, f"wrong horse battery {number}", f"attacker {number}") for number in range(40)]
    messages = [str(error) for error in await asyncio.gather(*guesses, return_exceptions=True)]
    assert sorted(messages) == sorted([sessions.TOO_MANY] * 30 + [str(SignInRefused())] * 10)
    others = [sessions.sign_in(app, f"nobody{number}@people.example", PASSWORD, ELSEWHERE) for number in range(40)]
    messages = [str(error) for error in await asyncio.gather(*others, return_exceptions=True)]
    assert messages.count(sessions.TOO_MANY) == 30


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 100_000, "aaaaaaaaaaaaaaa", "passwordpassword", "QWERTYUIOPqwertyuiop"])
async def test_weak_passwords_are_refused(app: AppContext, world: World, password: str) -> None:
    token = await link_of(app, world.rep)
    with pytest.raises(Invalid) as refused:
        await sessions.set_password(app, token, password, HOME)
    assert [fault.field for fault in refused.value.invalid_fields] == [("password",)]
    await sessions.set_password(app, token, PASSWORD, HOME)


async def test_links_are_refused_once_used_replaced_expired_or_unknown(app: AppContext, world: World, clock: Clock) -> None:
    used = await link_of(app, world.rep)
    before = await sessions.set_password(app, used, PASSWORD, HOME)
    replaced, newest = await link_of(app, world.rep), await link_of(app, world.rep)
    for token, word in ((used, "used"), (replaced, "newer"), ("made up", "not valid"), ("", "not valid")):
        with pytest.raises(Invalid, match=word):
            await sessions.set_password(app, token, PASSWORD, HOME)
    clock.advance(hours=72)
    with pytest.raises(Invalid, match="expired"):
        await sessions.set_password(app, newest, PASSWORD, HOME)
    assert await is_live(app, before) is True
    after = await sessions.set_password(app, await link_of(app, world.rep), "another horse battery", HOME)
    assert [await is_live(app, session) for session in (before, after)] == [False, True]


async def test_a_later_reset_leaves_the_earlier_link_valid_until_one_is_used(app: AppContext, world: World) -> None:
    """Or whoever goes on asking for resets of an address would keep its member from setting a password."""
    first, second = await link_of(app, world.rep, LinkPurpose.PASSWORD), await link_of(app, world.rep, LinkPurpose.PASSWORD)
    assert await is_live(app, await sessions.set_password(app, first, PASSWORD, HOME))
    with pytest.raises(Invalid, match="newer"):
        await sessions.set_password(app, second, PASSWORD, HOME)


async def test_a_link_sets_one_password_even_if_it_is_used_at_the_same_time(app: AppContext, world: World) -> None:
    token = await link_of(app, world.rep)
    results = await asyncio.gather(
        *[sessions.set_password(app, token, f"{PASSWORD} {number}", HOME) for number in range(3)], return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == ["Invalid", "Invalid", "Session"]


async def test_reset_is_mailed_to_members_only_and_limited(app: AppContext, world: World, clock: Clock) -> None:
    async def mails() -> int:
        await run_due_jobs(app)
        rows = await app.database.reading.fetch("SELECT member_id FROM mail WHERE kind = 'PASSWORD'")
        assert {as_uuid(row["member_id"]) for row in rows} <= {world.rep.member_id}
        return len(rows)

    await sessions.request_password_reset(app, "nobody@people.example", HOME)
    await sessions.request_password_reset(app, EMAIL, HOME)
    assert await mails() == 1
    for _ in range(20):
        await sessions.request_password_reset(app, EMAIL, HOME)
    assert await mails() <= 10
    clock.advance(minutes=15, seconds=1)
    already = await mails()
    await sessions.request_password_reset(app, EMAIL, ELSEWHERE)
    assert await mails() == already + 1


async def test_expired_rows_are_deleted(app: AppContext, world: World, clock: Clock) -> None:
    await with_password(app, world.rep)
    await refusal(sessions.sign_in(app, EMAIL, "wrong horse battery", HOME))
    clock.advance(days=31)
    await delete_old_records(app)
    for table in ("session", "refresh_token", "one_time_link", "sign_in_attempt"):
        (row,) = await app.database.reading.fetch(f"SELECT count(*) AS n FROM {table}")
        assert (table, row["n"]) == (table, 0)
    await sessions.sign_in(app, EMAIL, PASSWORD, HOME)
