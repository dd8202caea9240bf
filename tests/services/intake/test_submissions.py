"""What is sent becomes a lead, once, where its key and offer say."""

import asyncio
from dataclasses import replace

import pytest

from gql_leads.domain.commands import ContactFields
from gql_leads.domain.errors import Invalid
from gql_leads.domain.leads.lead import CallToAction, Lead, LeadSource, LeadType, ListingKind
from gql_leads.domain.listings import SaveListing
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake.keys import NewIntakeKey, create_intake_key, key_of_secret
from gql_leads.services.intake.submissions import Submission, receive
from gql_leads.services.listings import save_listing
from gql_leads.services.maintenance.scheduled_jobs import delete_old_records
from gql_leads.store.models.intake import IntakeKey, IntakeSubmission
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_listing, make_profile

ADA = Submission(contact=ContactFields(first_name="Ada", last_name="Byron", email="ada@example.com"), texts={}, source=LeadSource.WEB_FORM)


async def key_for(app: AppContext, world: World, **wanted: object) -> IntakeKey:
    made = await create_intake_key(app, world.admin, NewIntakeKey(name="x", **wanted))  # type: ignore[arg-type]
    key = await key_of_secret(app, made.secret or "")
    assert key is not None
    return key


async def received(app: AppContext, key: IntakeKey, submission: Submission, body: bytes = b"x") -> Lead:
    return await load_lead(app, await receive(app, key, body, submission))


async def test_the_key_decides_where_a_form_goes(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme, "Ledger"), await make_profile(app, world.globex)
    offer = await received(app, await key_for(app, world, listing_id=listing), ADA)
    assert (offer.type, offer.listing_id, offer.listing_name, offer.partner_id) == (LeadType.OFFER, listing, "Ledger", world.acme)
    assert (offer.owner_id, offer.requires_response, offer.full_name) == (None, True, "Ada Byron")
    asked = await received(app, await key_for(app, world, profile_id=profile), replace(ADA, contact_requested=True))
    assert (asked.type, asked.profile_id, asked.partner_id) == (LeadType.PROFILE, profile, world.globex)
    assert asked.contact_requested_at == asked.created_at
    general = await received(app, await key_for(app, world), ADA)
    assert (general.type, general.queue_id, general.partner_id) == (LeadType.MARKETING_QUALIFIED, world.general, None)


async def test_a_pushed_offer_finds_its_listing_by_id_then_by_title(app: AppContext, world: World) -> None:
    ids = SaveListing(name="Ledger", kind=ListingKind.APPLICATION, partner_id=world.acme, external_ids=["acme.ledger"])
    listing = await save_listing(app, world.admin, ids)
    other = await make_listing(app, world.globex, "Books")
    key = await key_for(app, world)
    push = replace(ADA, offer_id="ACME.ledger", offer_title="Books", call_to_action=CallToAction.GET_IT_NOW)
    by_id = await received(app, key, push, b"1")
    assert (by_id.type, by_id.listing_id, by_id.partner_id, by_id.requires_response) == (LeadType.OFFER, listing, world.acme, False)
    by_title = await received(app, key, replace(push, offer_id="acme.unknown", offer_title="bOOKS"), b"2")
    assert (by_title.listing_id, by_title.partner_id) == (other, world.globex)
    unknown = await received(app, key, replace(push, offer_id="acme.unknown", offer_title="Ōther"), b"3")
    facts = (unknown.type, unknown.listing_id, unknown.listing_name, unknown.queue_id)
    assert facts == (LeadType.OFFER, None, "Ōther", world.general)
    await make_listing(app, world.acme, "Books")
    ambiguous = await received(app, key, replace(push, offer_id=None), b"4")
    assert (ambiguous.listing_id, ambiguous.listing_name, ambiguous.queue_id) == (None, "Books", world.general)


async def test_a_partners_key_brings_nobody_elses_offers(app: AppContext, world: World) -> None:
    own, _ = await make_listing(app, world.acme, "Ledger"), await make_listing(app, world.globex, "Books")
    lead = await received(app, await key_for(app, world, listing_id=own), replace(ADA, offer_title="Books"))
    assert (lead.listing_id, lead.partner_id) == (own, world.acme)


async def test_the_same_submission_is_one_lead_for_a_day(app: AppContext, world: World, clock: Clock) -> None:
    key, other = await key_for(app, world), await key_for(app, world)
    push = replace(ADA, identities=("activity 7",))
    first = await receive(app, key, b"a", push)
    assert await receive(app, key, b"a", ADA) == first
    assert await receive(app, key, b"b", push) == first
    assert {row.lead_id for row in await IntakeSubmission.all(using_db=app.database.reading.client)} == {first}
    assert await receive(app, key, b"b", ADA) == first
    assert await receive(app, other, b"a", push) != first
    assert await receive(app, key, b"c", ADA) != first
    clock.advance(hours=23, minutes=59)
    assert await receive(app, key, b"a", ADA) == first
    clock.advance(minutes=1, seconds=1)
    assert await receive(app, key, b"a", ADA) != first
    clock.advance(hours=25)
    await delete_old_records(app)
    assert await IntakeSubmission.all(using_db=app.database.reading.client).count() == 0


async def test_posts_of_the_same_at_once_are_one_lead(app: AppContext, world: World) -> None:
    key = await key_for(app, world)
    made = await asyncio.gather(*(receive(app, key, body, ADA) for body in (b"a", b"b") * 10))
    assert len(set(made)) == 2
    assert set(made[::2]) != set(made[1::2])


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (ContactFields(email="ada.byron@example.com"), "ada.byron"),
        (ContactFields(last_name=" ", email=" @example.com"), "Unknown"),
        (ContactFields(first_name="Ada"), "Unknown"),
    ],
)
async def test_a_lead_without_last_name_gets_one(app: AppContext, world: World, contact: ContactFields, name: str) -> None:
    assert (await received(app, await key_for(app, world), replace(ADA, contact=contact))).last_name == name


async def test_what_fits_no_field_of_a_push_goes_into_the_message(app: AppContext, world: World) -> None:
    contact = ContactFields(first_name="x" * 101, last_name="B\x00yron", email="a" * 255, phone="1" * 51)
    texts = {"country": "Narnia", "company": "y" * 201, "message": "Hello"}
    push = replace(ADA, contact=contact, texts=texts, is_lenient=True)
    lead = await received(app, await key_for(app, world), push)
    contact_texts = (lead.first_name, lead.last_name, lead.email, lead.phone)
    assert contact_texts == ("x" * 100, "Byron", "a" * 254, "1" * 50)
    assert (lead.country, lead.company) == (None, None)
    assert lead.message is not None
    assert set(lead.message.split("\n")) == {
        "Hello", "country: Narnia", f"company: {'y' * 201}",
    }  # fmt: skip
    named = await received(app, await key_for(app, world), replace(push, contact=ADA.contact, texts={"country": "united kingdom"}), b"2")
    assert (named.country, named.message) == ("GB", None)
    with pytest.raises(Invalid):
        await receive(app, await key_for(app, world), b"3", replace(push, is_lenient=False))
