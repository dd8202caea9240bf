"""Assignment rules: saved together, applied in order to new leads."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead
from gql_leads.domain.errors import Forbidden, Invalid, NotFound, NotPermitted, Refusal, VersionConflict
from gql_leads.domain.leads.lead import LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import Rule
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake.keys import NewIntakeKey, create_intake_key, key_of_secret
from gql_leads.services.intake.submissions import Submission, receive
from gql_leads.services.leads.intake import create_lead
from gql_leads.services.routing import MOST_RULES, read_assignment_rules, save_assignment_rules
from gql_leads.store.models.intake import IntakeKey
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import dump_tables, load_lead, load_viewer, make_listing, make_partner, make_profile, make_queue, timeline_kinds
from tests.services.imports.importing import import_file

CONTACT = ContactFields(last_name="Bosu", email="aparna@contoso.example", phone="+33123456789")
NEW = NewLead(source=LeadSource.API, details=LeadFields(contact=CONTACT, country="FR", message="for a school"))


async def test_the_first_matching_rule_sets_partner_or_queue(app: AppContext, world: World) -> None:
    schools, service = await make_queue(app), await make_listing(app, world.acme, "Rollout", kind=ListingKind.SERVICE)
    rules = (
        Rule(name="asleep", is_active=False, partner_id=world.acme),
        Rule(name="poor ones", qualities=(LeadQuality.LOW,), queue_id=world.general),
        Rule(name="services", listing_kinds=(ListingKind.SERVICE,), partner_id=world.globex),
        Rule(name="schools", countries=("FR",), keywords=("School",), queue_id=schools),
        Rule(name="fairs", sources=(LeadSource.EVENT,), types=(LeadType.MARKETING_QUALIFIED,), partner_id=world.acme),
        Rule(name="the French", countries=("FR",), partner_id=world.globex),
    )
    await save_assignment_rules(app, world.channel, rules)
    german = replace(NEW.details, country="DE")
    routes: list[tuple[NewLead, Any, Any]] = [
        (NEW, None, schools),
        (replace(NEW, details=replace(NEW.details, message="for a shop")), world.globex, None),
        (replace(NEW, details=german), None, world.general),
        (replace(NEW, details=replace(NEW.details, contact=ContactFields(last_name="Bosu", email="a@b"))), None, world.general),
        (replace(NEW, details=german, source=LeadSource.EVENT, type=LeadType.MARKETING_QUALIFIED), world.acme, None),
        (replace(NEW, type=LeadType.MARKETING_QUALIFIED, listing_id=service), world.globex, None),
    ]
    for new, partner, queue in routes:
        lead = await load_lead(app, await create_lead(app, world.admin, new))
        assert (lead.partner_id, lead.queue_id, lead.owner_id, lead.origin_queue_id) == (partner, queue, None, None)
        assert await timeline_kinds(app, lead.id) == ["CREATED"]


async def test_rules_do_not_apply_if_listing_profile_or_creator_determine_the_partner(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme), await make_profile(app, world.acme)
    await save_assignment_rules(app, world.admin, [Rule(name="everything", partner_id=world.globex)])
    for who, facts in (
        (world.channel, {"listing_id": listing}),
        (world.channel, {"type": LeadType.PROFILE, "profile_id": profile}),
        (world.rep, {}),
    ):
        assert (await load_lead(app, await create_lead(app, who, replace(NEW, **facts)))).partner_id == world.acme


async def test_a_rule_to_an_inactive_partner_is_skipped(app: AppContext, world: World) -> None:
    await save_assignment_rules(app, world.admin, [Rule(name="one", partner_id=world.acme), Rule(name="two", partner_id=world.globex)])
    await app.database.writing.execute("UPDATE partner SET is_active = FALSE WHERE id = ?", world.acme)
    assert (await load_lead(app, await create_lead(app, world.admin, NEW))).partner_id == world.globex
    await app.database.writing.execute("UPDATE partner SET is_active = FALSE")
    assert (await load_lead(app, await create_lead(app, world.admin, NEW))).queue_id == world.general


async def test_the_rules_replace_the_inactive_partner_of_a_listing_or_profile(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme), await make_profile(app, world.acme)
    await app.database.writing.execute("UPDATE partner SET is_active = FALSE WHERE id = ?", world.acme)
    named: list[dict[str, Any]] = [
        {"type": LeadType.OFFER, "listing_id": listing},
        {"type": LeadType.PROFILE, "profile_id": profile},
        {"type": LeadType.PROFILE, "profile_id": profile, "listing_id": listing},
    ]
    for facts in named:
        lead = await load_lead(app, await create_lead(app, world.admin, replace(NEW, **facts)))
        assert (lead.partner_id, lead.queue_id) == (None, world.general)
    await save_assignment_rules(app, world.admin, [Rule(name="rest", partner_id=world.globex)])
    for facts in named:
        lead = await load_lead(app, await create_lead(app, world.admin, replace(NEW, **facts)))
        assert (lead.partner_id, lead.queue_id, lead.listing_id) == (world.globex, None, facts.get("listing_id"))


async def test_rules_are_saved_together_cleaned_and_without_repetitions(app: AppContext, world: World) -> None:
    assert await read_assignment_rules(app, world.channel) == await read_assignment_rules(app, world.admin)
    assert ((await read_assignment_rules(app, world.admin)).version, (await read_assignment_rules(app, world.admin)).rules) == (1, ())
    doubled = Rule(
        name=" Twice ", countries=("FR", "DE", "FR"), types=(LeadType.OFFER,) * 2, sources=(LeadSource.API,) * 2,
        listing_kinds=(ListingKind.SERVICE,) * 2, qualities=(LeadQuality.HIGH,) * 2, keywords=("École", "shop", " ÉCOLE "),
        partner_id=world.acme,
    )  # fmt: skip
    clean = Rule(
        name="Twice", countries=("FR", "DE"), types=(LeadType.OFFER,), sources=(LeadSource.API,), listing_kinds=(ListingKind.SERVICE,),
        qualities=(LeadQuality.HIGH,), keywords=("École", "shop"), partner_id=world.acme,
    )  # fmt: skip
    to_queue = Rule(name="Queue", queue_id=world.general, is_active=False)
    await save_assignment_rules(app, world.channel, [doubled, to_queue], 1)
    found = await read_assignment_rules(app, world.admin)
    assert (found.version, found.rules) == (2, (clean, to_queue))
    await save_assignment_rules(app, world.admin, [to_queue, clean], 2)
    assert (await read_assignment_rules(app, world.admin)).rules == (to_queue, clean)
    await save_assignment_rules(app, world.admin, [])
    assert ((await read_assignment_rules(app, world.admin)).version, (await read_assignment_rules(app, world.admin)).rules) == (4, ())


async def test_saving_the_same_rules_again_changes_nothing(app: AppContext, world: World) -> None:
    rules = [Rule(name="One", keywords=("a", "b"), partner_id=world.acme), Rule(name="Two", queue_id=world.general)]
    await save_assignment_rules(app, world.channel, rules)
    before = await dump_tables(app)
    await save_assignment_rules(app, world.channel, rules, 2)
    await save_assignment_rules(app, world.channel, [replace(rules[0], keywords=("a", "A", "b")), rules[1]])
    assert await dump_tables(app) == before


async def test_a_save_with_an_old_version_is_a_conflict(app: AppContext, world: World) -> None:
    await save_assignment_rules(app, world.channel, [Rule(name="One", partner_id=world.acme)], 1)
    before = await dump_tables(app)
    for version in (1, 3, 0):
        with pytest.raises(VersionConflict) as refused:
            await save_assignment_rules(app, world.admin, [Rule(name="Two", partner_id=world.globex)], version)
        assert (refused.value.current_version, refused.value.field) == (2, ("expectedVersion",))
    assert await dump_tables(app) == before


async def test_one_of_several_concurrent_saves_wins_as_a_whole(app: AppContext, world: World) -> None:
    sets = [[Rule(name=f"{editor} {number}", partner_id=world.acme) for number in range(5)] for editor in range(8)]
    done = await asyncio.gather(*(save_assignment_rules(app, world.admin, rules, 1) for rules in sets), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType"] + ["VersionConflict"] * 7
    saved = await read_assignment_rules(app, world.admin)
    assert (saved.version, list(saved.rules)) == (2, sets[done.index(None)])


async def test_only_managers_read_and_save_rules(app: AppContext, world: World) -> None:
    before = await dump_tables(app)
    for who in (world.rep, world.referrals, world.profiles, world.seller):
        with pytest.raises(Forbidden):
            await read_assignment_rules(app, who)
        with pytest.raises(NotPermitted):
            await save_assignment_rules(app, who, [Rule(name="Mine", partner_id=world.acme)], 7)
    assert await dump_tables(app) == before


async def test_a_rule_with_an_unknown_target_is_refused_with_its_path(app: AppContext, world: World) -> None:
    closed, gone = await make_queue(app, open_to=[world.globex]), await make_partner(app, is_active=False)
    good = Rule(name="good", partner_id=world.acme)
    await save_assignment_rules(app, world.admin, [good, Rule(name="to be", partner_id=gone)])
    before = await dump_tables(app)
    for who, bad, field in (
        (world.admin, {"partner_id": uuid7()}, "partnerId"),
        (world.admin, {"queue_id": uuid7()}, "queueId"),
        (world.admin, {"partner_id": world.general}, "partnerId"),
        (world.admin, {"queue_id": world.acme}, "queueId"),
        (await load_viewer(app, world.referrals), {"queue_id": closed}, "queueId"),
        (world.seller, {"queue_id": closed}, "queueId"),
    ):
        with pytest.raises(NotFound) as refused:
            await save_assignment_rules(app, who, [good, good, Rule(name="bad", **bad)], 77)  # type: ignore[arg-type]
        assert refused.value.field == ("rules", "2", "to", field)
    assert await dump_tables(app) == before


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "a\x00"}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"countries": ("FR", "fr")}, "countries.1"),
    ({"countries": ("",)}, "countries.0"),
    ({"countries": ("FR",) * 301}, "countries"),
    ({"keywords": ("a", " ")}, "keywords.1"),
    ({"keywords": ("x" * 101,)}, "keywords.0"),
    ({"keywords": ("\x00",)}, "keywords.0"),
    ({"keywords": ("a",) * 101}, "keywords"),
]


@pytest.mark.parametrize(("wrong", "field"), FAULTY)
async def test_a_faulty_rule_is_refused_with_its_path(app: AppContext, world: World, wrong: dict[str, Any], field: str) -> None:
    before = await dump_tables(app)
    good, bad = Rule(name="good", partner_id=world.acme), Rule(**({"name": "bad"} | wrong), partner_id=uuid7())
    with pytest.raises(Invalid) as refused:
        await save_assignment_rules(app, world.rep, [good, bad], 77)
    assert [".".join(fault.field) for fault in refused.value.invalid_fields] == [f"rules.1.{field}"]
    assert await dump_tables(app) == before


async def test_the_number_of_rules_is_limited(app: AppContext, world: World) -> None:
    rules = [Rule(name=f"{number}", countries=("FR",), partner_id=world.acme) for number in range(MOST_RULES + 1)]
    with pytest.raises(Refusal) as refused:
        await save_assignment_rules(app, world.admin, rules)
    assert isinstance(refused.value, Invalid)
    assert [fault.field for fault in refused.value.invalid_fields] == [("rules",)]
    await save_assignment_rules(app, world.admin, rules[1:])
    assert len((await read_assignment_rules(app, world.admin)).rules) == MOST_RULES


async def routing_of(app: AppContext, lead_id: UUID) -> list[tuple[str, str]]:
    """Return what the first entry of the lead's history says of its routing."""
    entry = await app.database.writing.fetch_one("SELECT kind, changes FROM timeline_entry WHERE lead_id = ? ORDER BY id", lead_id)
    assert entry is not None
    assert entry["kind"] == "CREATED"
    return [(one["field"], one["to"]) for one in json.loads(entry["changes"])]


async def test_the_history_says_what_routed_a_lead(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme, "Ledger"), await make_profile(app, world.acme, "Lyon")
    await save_assignment_rules(app, world.admin, [Rule(name="The French", countries=("FR",), partner_id=world.globex)])
    german = replace(NEW, details=replace(NEW.details, country="DE"))
    general = [("routing.queue", str(world.general))]
    cases: list[tuple[Viewer, NewLead, list[tuple[str, str]]]] = [
        (world.channel, NEW, [("routing.rule", "The French")]),
        (world.channel, german, general),
        (world.channel, replace(german, type=LeadType.OFFER, listing_id=listing), [("routing.listing", "Ledger")]),
        (world.channel, replace(german, type=LeadType.PROFILE, profile_id=profile), [("routing.profile", "Lyon")]),
        (world.channel, replace(german, type=LeadType.PROFILE, profile_id=profile, listing_id=listing), [("routing.profile", "Lyon")]),
        (world.channel, replace(german, type=LeadType.MARKETING_QUALIFIED, listing_id=listing), general),
        (world.rep, NEW, []),
        (world.rep, replace(NEW, type=LeadType.OFFER, listing_id=listing), []),
    ]
    for who, new, routing in cases:
        assert await routing_of(app, await create_lead(app, who, new)) == routing
    await app.database.writing.execute("UPDATE partner SET is_active = FALSE WHERE id = ?", world.acme)
    assert await routing_of(app, await create_lead(app, world.channel, cases[2][1])) == general


async def intake_key(app: AppContext, world: World, **belonging: Any) -> IntakeKey:
    made = await create_intake_key(app, world.admin, NewIntakeKey(name="x", **belonging))
    key = await key_of_secret(app, made.secret or "")
    assert key is not None
    return key


async def test_the_history_says_what_routed_a_submission(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme, "Ledger"), await make_profile(app, world.acme, "Lyon")
    await save_assignment_rules(app, world.admin, [Rule(name="everything", partner_id=world.globex)])
    submission = Submission(contact=CONTACT, texts={}, source=LeadSource.WEB_FORM)
    keys: list[tuple[dict[str, UUID], tuple[str, str]]] = [
        ({"listing_id": listing}, ("routing.listing", "Ledger")),
        ({"profile_id": profile}, ("routing.profile", "Lyon")),
        ({}, ("routing.queue", str(world.general))),
    ]
    for belonging, routing in keys:
        key = await intake_key(app, world, **belonging)
        assert await routing_of(app, await receive(app, key, b"x", submission)) == [routing]
    offer = replace(submission, offer_title="Ledger")
    assert await routing_of(app, await receive(app, key, b"y", offer)) == [("routing.listing", "Ledger")]
    await app.database.writing.execute("UPDATE partner SET is_active = FALSE WHERE id = ?", world.acme)
    assert await routing_of(app, await receive(app, key, b"z", offer)) == [("routing.rule", "everything")]


async def test_the_history_says_what_routed_an_imported_row(app: AppContext, world: World) -> None:
    await make_listing(app, world.acme, "Ledger")
    await save_assignment_rules(app, world.admin, [Rule(name="The French", countries=("FR",), partner_id=world.globex)])
    rows = "Last Name,Country,Listing,Partner\nA,FR,,\nB,DE,,\nC,DE,Ledger,\nD,DE,,Globex\n"
    await import_file(app, world.admin, rows.encode())
    found = await app.database.writing.fetch("SELECT id, last_name FROM lead")
    assert {row["last_name"]: await routing_of(app, as_uuid(row["id"])) for row in found} == {
        "A": [("routing.rule", "The French")],
        "B": [("routing.queue", str(world.general))],
        "C": [("routing.listing", "Ledger")],
        "D": [],
    }
