"""Members through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World


async def test_member_gets_a_new_name_and_roles(app: AppContext, world: World, ask: Ask) -> None:
    member = encode_id("Member", world.rep.member_id)
    payload = "member { id name roles isActive }"
    changed = await mutate(
        ask, world.referrals, "updateMember", payload, memberId=member, name="Rita R.", roles=["SALES_REP", "REFERRAL_ADMIN"]
    )
    assert changed["member"] == {"id": member, "name": "Rita R.", "roles": ["REFERRAL_ADMIN", "SALES_REP"], "isActive": True}
    assert errors_of(await mutate(ask, world.referrals, "updateMember", payload, memberId=member, roles=["SELLER"])) == [
        ("InvalidInput", ["roles"])
    ]
