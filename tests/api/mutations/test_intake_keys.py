"""Intake keys through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_listing, make_profile

KEY = "intakeKey { id name listing { name } profile { location } allowedOrigins thankYouUrl lastUsedAt revokedAt }"


async def test_key_is_created_listed_and_revoked(app: AppContext, world: World, ask: Ask) -> None:
    listing = encode_id("Listing", await make_listing(app, world.acme, "Ledger"))
    given = {"name": "Web", "listingId": listing, "allowedOrigins": ["https://acme.example"], "thankYouUrl": "https://acme.example/ok"}
    made = await mutate(ask, world.referrals, "createIntakeKey", f"{KEY} key formUrl marketplaceUrl", idempotencyKey="1", **given)
    key, secret = made["intakeKey"], made["key"]
    assert key == {
        "id": key["id"], "name": "Web", "listing": {"name": "Ledger"}, "profile": None, "allowedOrigins": ["https://acme.example"],
        "thankYouUrl": "https://acme.example/ok", "lastUsedAt": None, "revokedAt": None,
    }  # fmt: skip
    assert made["formUrl"] == f"{app.public_url}/intake/{secret}"
    assert made["marketplaceUrl"] == f"{app.public_url}/intake/{secret}/marketplace"
    again = await mutate(ask, world.referrals, "createIntakeKey", f"{KEY} key formUrl marketplaceUrl", idempotencyKey="1", **given)
    assert again == {"intakeKey": key, "key": None, "formUrl": None, "marketplaceUrl": None, "errors": []}
    listed = "{ intakeKeys { id } }"
    assert await ask(world.referrals, listed) == await ask(world.admin, listed) == {"intakeKeys": [{"id": key["id"]}]}
    assert await ask(world.rival_admin, listed) == {"intakeKeys": []}
    node = "query($id: ID!) { node(id: $id) { ... on IntakeKey { name } } }"
    seen = [(await ask(who, node, id=key["id"]))["node"] for who in (world.admin, world.rep, world.rival_admin)]
    assert seen == [{"name": "Web"}, None, None]
    revoked = await mutate(ask, world.admin, "revokeIntakeKey", KEY, intakeKeyId=key["id"])
    assert revoked["intakeKey"]["revokedAt"] is not None
    foreign = await mutate(ask, world.rival_admin, "revokeIntakeKey", "errors { message }", intakeKeyId=key["id"])
    assert errors_of(foreign) == [("NotFound", ["intakeKeyId"])]


async def test_key_of_a_profile_and_of_the_general_queue(app: AppContext, world: World, ask: Ask) -> None:
    profile = encode_id("BusinessProfile", await make_profile(app, world.acme, "Lyon"))
    made = await mutate(ask, world.admin, "createIntakeKey", KEY, name="x", profileId=profile)
    assert made["intakeKey"]["profile"] == {"location": "Lyon"}
    made = await mutate(ask, world.admin, "createIntakeKey", KEY, name="x")
    assert (made["intakeKey"]["listing"], made["intakeKey"]["profile"]) == (None, None)
    refused = await mutate(ask, world.rep, "createIntakeKey", "errors { message }", name="x", profileId=profile)
    assert errors_of(refused) == [("NotPermitted", None)]
