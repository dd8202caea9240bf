"""Revocation: streams of members who were deactivated, lost a role or changed partner end."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from starlette.applications import Starlette
from starlette.datastructures import Headers

from gql_leads.callers import Caller
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.lifespan import ServerProcess
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings
from tests.factories import World
from tests.fixtures import make_member, make_partner


async def authenticate(service: ServerProcess, who: Viewer) -> Caller:
    token = service.credentials.tokens.mint(who.member_id, service.app.now(), timedelta(hours=1))
    return await service.callers.authenticate(token, Headers())


async def set_column(app: AppContext, column: str, value: object, member_id: UUID) -> None:
    async with app.database.transaction() as connection:
        await connection.execute(f"UPDATE member SET {column} = ? WHERE id = ?", value, member_id)


async def test_exactly_the_callers_who_lost_a_permission_are_revoked(database_url: str, app: AppContext, world: World) -> None:
    moved = await make_member(app, world.acme, MemberRole.SALES_REP)
    service = ServerProcess(Settings.model_validate({"database_url": database_url, "secret": "s" * 32}), app.now)
    async with service.lifespan(Starlette()):
        people = (world.rep, world.referrals, moved, world.colleague, world.admin)
        callers = [await authenticate(service, who) for who in people for _ in range(2)]
        assert await service.callers.revoked(callers) == []
        await set_column(app, "is_active", False, world.rep.member_id)
        await set_column(app, "roles", [MemberRole.SALES_REP], world.referrals.member_id)
        await set_column(app, "partner_id", await make_partner(app), moved.member_id)
        revoked = await service.callers.revoked(callers)
    assert [id(one) for one in revoked] == [id(one) for one in callers[:6]]


async def test_roles_of_a_token_are_revoked_with_the_member_or_the_partner_alone(database_url: str, app: AppContext, world: World) -> None:
    moved = await make_member(app, world.acme, MemberRole.SALES_REP)
    service = ServerProcess(Settings.model_validate({"database_url": database_url, "secret": "s" * 32}), app.now)
    async with service.lifespan(Starlette()):
        callers = [
            Caller(replace(who, roles=frozenset({MemberRole.BUSINESS_PROFILE_ADMIN}), roles_from_token=True), None)
            for who in (world.rep, world.referrals, moved)
        ]
        assert await service.callers.revoked(callers) == []
        await set_column(app, "roles", [MemberRole.SALES_REP], world.referrals.member_id)
        await set_column(app, "is_active", False, world.rep.member_id)
        await set_column(app, "partner_id", await make_partner(app), moved.member_id)
        assert await service.callers.revoked(callers) == [callers[0], callers[2]]
