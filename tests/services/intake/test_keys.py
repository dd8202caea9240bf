"""Intake keys: who makes, sees and revokes them, and for what."""

import pytest

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake.keys import NewIntakeKey, create_intake_key, key_of_secret, revoke_intake_key
from gql_leads.store.intake.intake_keys import keys_of
from tests.factories import World
from tests.fixtures import Clock, make_listing, make_profile
from tests.services.refusing import fields_at_fault, refused

FORM = "https://www.acme.example"


async def test_a_key_is_found_by_its_secret_until_it_is_revoked(app: AppContext, world: World, clock: Clock) -> None:
    listing = await make_listing(app, world.acme)
    wanted = NewIntakeKey(
        name=" Web ", listing_id=listing, allowed_origins=["HTTPS://WWW.Acme.example:443/", FORM], thank_you_url=f"{FORM}/ok"
    )
    made = await create_intake_key(app, world.referrals, wanted, "once")
    assert made.secret is not None
    again = await create_intake_key(app, world.referrals, wanted, "once")
    assert (again.key_id, again.secret) == (made.key_id, None)
    key = await key_of_secret(app, made.secret)
    assert key is not None
    assert (key.name, key.listing_id, key.partner_id, key.allowed_origins) == ("Web", listing, world.acme, [FORM])
    assert await key_of_secret(app, made.secret[:-1]) is None
    assert await revoke_intake_key(app, world.admin, made.key_id) == made.key_id
    clock.advance(hours=1)
    await revoke_intake_key(app, world.referrals, made.key_id)
    revoked = await key_of_secret(app, made.secret)
    assert revoked is not None
    assert revoked.revoked_at == key.created_at


async def test_use_is_recorded_about_once_a_minute(app: AppContext, world: World, clock: Clock) -> None:
    made = await create_intake_key(app, world.admin, NewIntakeKey(name="x"))
    uses = []
    for seconds in (0, 30, 31):
        clock.advance(seconds=seconds)
        await key_of_secret(app, made.secret or "")
        uses.append((await keys_of(app.database.reading, world.admin))[0].last_used_at)
    start = uses[0]
    assert start is not None
    assert uses == [start, start, start + 61_000]


async def test_a_partner_keeps_keys_of_its_own_offers_alone(app: AppContext, world: World) -> None:
    own, foreign = await make_listing(app, world.acme), await make_listing(app, world.globex)
    hidden, profile = await make_listing(app, world.globex, is_published=False), await make_profile(app, world.globex)
    made = await create_intake_key(app, world.referrals, NewIntakeKey(name="a", listing_id=own))
    general = await create_intake_key(app, world.admin, NewIntakeKey(name="b"))
    assert [key.id for key in await keys_of(app.database.reading, world.referrals)] == [made.key_id]
    assert [key.id for key in await keys_of(app.database.reading, world.rival_admin)] == []
    assert [key.id for key in await keys_of(app.database.reading, world.admin)] == [general.key_id, made.key_id]
    for wanted, field in (
        (NewIntakeKey(name="x", listing_id=foreign), "listingId"),
        (NewIntakeKey(name="x", listing_id=hidden), "listingId"),
        (NewIntakeKey(name="x", profile_id=profile), "profileId"),
    ):
        refusal = await refused(app, create_intake_key(app, world.referrals, wanted))
        assert (type(refusal), refusal.field) == (NotFound, (field,))
    assert await fields_at_fault(app, create_intake_key(app, world.referrals, NewIntakeKey(name="x"))) == [("listingId",)]
    for key_id in (made.key_id, general.key_id):
        assert isinstance(await refused(app, revoke_intake_key(app, world.rival_admin, key_id)), NotFound)


@pytest.mark.parametrize("who", ["rep", "profiles", "channel", "seller"])
async def test_other_roles_keep_none(app: AppContext, world: World, who: str) -> None:
    viewer: Viewer = getattr(world, who)
    listing = await make_listing(app, world.acme)
    assert isinstance(await refused(app, create_intake_key(app, viewer, NewIntakeKey(name="x", listing_id=listing))), NotPermitted)


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (NewIntakeKey(name=" "), [("name",)]),
        (NewIntakeKey(name="x", allowed_origins=["www.acme.example"]), [("allowedOrigins", "0")]),
        (NewIntakeKey(name="x", allowed_origins=[FORM, "https://acme.example/page"]), [("allowedOrigins", "1")]),
        (NewIntakeKey(name="x", allowed_origins=["https://user@acme.example", "https://a.example:x", "null"]), 3),
        (NewIntakeKey(name="x", allowed_origins=[f"https://{n}.example" for n in range(21)]), [("allowedOrigins",)]),
        (NewIntakeKey(name="x", thank_you_url="javascript:alert(1)"), [("thankYouUrl",)]),
    ],
)
async def test_what_is_wrong_is_named(app: AppContext, world: World, wanted: NewIntakeKey, fields: list[tuple[str, ...]] | int) -> None:
    found = await fields_at_fault(app, create_intake_key(app, world.admin, wanted))
    assert found == (fields if isinstance(fields, list) else [("allowedOrigins", str(at)) for at in range(fields)])
