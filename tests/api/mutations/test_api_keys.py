"""API keys through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in.api_keys import key_of_secret
from gql_leads.store.access.viewers import viewer_of
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock

KEY = "apiKey { id name roles partner { name } createdBy { name } expiresAt lastUsedAt revokedAt } secret"


async def acting(app: AppContext, secret: str) -> Viewer | None:
    """Return the viewer as which a secret acts now; None if it is refused."""
    key = await key_of_secret(app, secret)
    return None if key is None else await viewer_of(app.database.reading, key.member_id)


async def test_key_acts_for_its_partner_until_it_is_revoked(app: AppContext, world: World, ask: Ask) -> None:
    made = await mutate(ask, world.referrals, "createApiKey", KEY, name="CRM", roles=["SALES_REP"], idempotencyKey="1")
    key, secret = made["apiKey"], made["secret"]
    assert (key["name"], key["roles"], key["partner"]) == ("CRM", ["SALES_REP"], {"name": "Acme Cloud"})
    assert key["createdBy"] == {"name": "Rafa Referrals"}
    again = await mutate(ask, world.referrals, "createApiKey", KEY, name="CRM", roles=["SALES_REP"], idempotencyKey="1")
    assert (again["apiKey"]["id"], again["secret"]) == (key["id"], None)
    viewer = await acting(app, secret)
    assert viewer is not None
    assert (viewer.partner_id, viewer.is_service) == (world.acme, True)
    assert await ask(viewer, "{ viewer { member { name isService } } }") == {"viewer": {"member": {"name": "CRM", "isService": True}}}
    listed = (await ask(world.referrals, "{ apiKeys { id lastUsedAt } }"))["apiKeys"]
    assert [(one["id"], one["lastUsedAt"] is not None) for one in listed] == [(key["id"], True)]
    assert (await ask(world.referrals, "query($id: ID!) { node(id: $id) { id } }", id=key["id"]))["node"] == {"id": key["id"]}
    revoked = await mutate(ask, world.referrals, "revokeApiKey", KEY.removesuffix("secret"), apiKeyId=key["id"])
    assert revoked["apiKey"]["revokedAt"] is not None
    assert await acting(app, secret) is None
    stored = repr([dict(row) for row in await app.database.reading.fetch("SELECT * FROM api_key")])  # type: ignore[call-overload]
    assert secret not in stored


async def test_key_expires(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    made = await mutate(ask, world.admin, "createApiKey", KEY, name="BI", roles=["CHANNEL_MANAGER"], expiresAt="2026-11-22T00:00:00Z")
    assert await acting(app, made["secret"]) is not None
    clock.advance(days=1)
    assert await acting(app, made["secret"]) is None


async def test_key_cannot_make_keys_or_members(app: AppContext, world: World, ask: Ask) -> None:
    made = await mutate(ask, world.admin, "createApiKey", KEY, name="Robot", roles=["ADMINISTRATOR"])
    robot = await acting(app, made["secret"])
    assert robot is not None
    for mutation, given in (
        ("createApiKey", {"name": "Another", "roles": ["SELLER"]}),
        ("inviteMember", {"name": "N", "email": "n@vendor.example", "roles": ["SELLER"]}),
        ("updateMember", {"memberId": encode_id("Member", world.seller.member_id), "roles": ["ADMINISTRATOR"]}),
        ("revokeApiKey", {"apiKeyId": made["apiKey"]["id"]}),
    ):
        assert errors_of(await mutate(ask, robot, mutation, "__typename", **given)) == [("NotPermitted", None)], mutation


async def test_wrong_input_and_callers_are_refused(world: World, ask: Ask, answer: Ask) -> None:
    for given, fields in (
        ({"name": "\u200b", "roles": []}, [["name"], ["roles"]]),
        ({"name": "x", "roles": ["ADMINISTRATOR"]}, [["roles"]]),
        ({"name": "x", "roles": ["SALES_REP"], "expiresAt": "2026-11-21T09:30:00Z"}, [["expiresAt"]]),
    ):
        assert errors_of(await mutate(ask, world.referrals, "createApiKey", KEY, **given)) == [("InvalidInput", field) for field in fields]
    for who in (world.rep, world.profiles):
        assert errors_of(await mutate(ask, who, "createApiKey", KEY, name="x", roles=["SALES_REP"])) == [("NotPermitted", None)]
        assert (await answer(who, "{ apiKeys { id } }"))["errors"]
    made = await mutate(ask, world.referrals, "createApiKey", KEY, name="CRM", roles=["SALES_REP"])
    foreign = await mutate(ask, world.rival_admin, "revokeApiKey", "apiKey { id }", apiKeyId=made["apiKey"]["id"])
    assert errors_of(foreign) == [("NotFound", ["apiKeyId"])]
    assert (await ask(world.rival_admin, "{ apiKeys { id } }"))["apiKeys"] == []
    assert [one["id"] for one in (await ask(world.admin, "{ apiKeys { id } }"))["apiKeys"]] == [made["apiKey"]["id"]]
