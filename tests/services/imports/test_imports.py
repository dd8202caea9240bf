"""Imports: which rows become leads, which are duplicates or rejected, and what a partner's import leaves out."""

from datetime import timedelta

import pytest

from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.imports.fields import LeadImportField as F
from gql_leads.domain.imports.limits import ImportLimits
from gql_leads.domain.leads.lead import (
    CallToAction,
    CompanySize,
    EmailValidity,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    ListingKind,
    PhoneValidity,
)
from gql_leads.domain.routing import Rule
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import NewImport, cancel_lead_import, start_lead_import
from gql_leads.services.imports.runner import ImportRunner
from gql_leads.services.leads.deletion import delete_lead
from gql_leads.services.routing import save_assignment_rules
from tests.factories import World
from tests.fixtures import START, Clock, make_campaign, make_lead, make_listing, make_profile, timeline_kinds
from tests.services.imports.importing import all_leads, by_last_name, import_file, result_of, start

HEADER = "First Name,Last Name,Company,Email,Phone,Country\n"


async def test_a_partners_rows_become_its_own_leads(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger", kind=ListingKind.SERVICE)
    await make_listing(app, world.globex, "Rival's")
    done = await import_file(
        app,
        world.referrals,
        "FirstName,LastName,Email,Phone,Country,ListingName,CompanySize,CallToAction,ConsentToShare,Message,Stage,LeadCreationDateTime\r\n"
        'Aparna,Bosu,aparna@contoso.example,030 123456,Germany,ledger,120,GET_IT_NOW,yes,"Two\r\nlines",ACCEPTED,2020-01-01\r\n'
        "Jan,,jan.novak@firma.example,,,Rival's,,,,,,\r\n",
    )
    assert (done.stored.state, done.counts, done.errors) == ("SUCCEEDED", (2, 2, 2, 0, 0, 0), [])
    leads = await by_last_name(app)
    bosu, novak = leads["Bosu"], leads["jan.novak"]
    assert (bosu.partner_id, bosu.owner_id, bosu.source, bosu.type) == (
        world.acme,
        world.referrals.member_id,
        LeadSource.IMPORT,
        LeadType.OFFER,
    )
    assert (bosu.requires_response, bosu.expires_at, bosu.created_at, bosu.stage) == (False, None, START, LeadStage.RECEIVED)
    assert (bosu.phone, bosu.phone_validity, bosu.country) == ("+4930123456", PhoneValidity.VALID, "DE")
    assert (bosu.listing_id, bosu.listing_name, bosu.listing_kind) == (listing, "Ledger", ListingKind.SERVICE)
    assert (bosu.company_size, bosu.call_to_action) == (CompanySize.EMPLOYEES_51_TO_250, CallToAction.GET_IT_NOW)
    assert (bosu.consent_to_contact, bosu.consent_to_share, bosu.message) == (True, True, "Two\nlines")
    assert (novak.type, novak.listing_id, novak.listing_name, novak.partner_id) == (LeadType.OFFER, None, "Rival's", world.acme)
    assert await timeline_kinds(app, bosu.id) == ["CREATED"]


async def test_an_administrators_rows_are_routed(app: AppContext, world: World) -> None:
    await make_listing(app, world.acme, "Ledger")
    rule = Rule(name="France", countries=("FR",), partner_id=world.globex)
    await save_assignment_rules(app, world.admin, [rule])
    await import_file(app, world.admin, "Last Name,Country,Listing,Partner\nA,,Ledger,\nB,FR,,\nC,,,\nD,,,acme cloud\n")
    leads = await by_last_name(app)
    assert [(leads[name].partner_id, leads[name].queue_id) for name in "ABCD"] == [
        (world.acme, None), (world.globex, None), (None, world.general), (world.acme, None),
    ]  # fmt: skip
    assert {lead.expires_at for lead in leads.values()} == {START + timedelta(days=14)}
    assert all(lead.owner_id is None and lead.requires_response for lead in leads.values())


async def test_bad_rows_are_reported_and_the_good_ones_go_in(app: AppContext, world: World) -> None:
    done = await import_file(
        app,
        world.referrals,
        "Last Name,Email,Country,Type,Status,Colour\n"
        "Good,,,,,\n"
        "Nowhere,,Atlantis,,,\n"
        ",,FR,,,\n"
        "Short,,\n"
        ",,,,,\n"
        "\n"
        f"{'x' * 101},,,,Wrong,\n"
        f"Long,{'x' * 10_001},,,,\n"
        "Offer,,,OFFER,,\n"
        "Nul\0,,,,,\n"
        'Open,"x,,,,\n'
        "Last,,,,,\n",
    )
    assert done.stored.state == "SUCCEEDED"
    assert done.counts == (10, 10, 2, 0, 0, 8)
    assert {lead.last_name for lead in await all_leads(app)} == {"Good", "Last"}
    assert [(row, heading) for row, heading, _ in done.errors] == [
        (1, "Colour"), (3, "Country"), (4, None), (5, None), (8, "Status"), (8, "Last Name"), (9, None), (10, "Type"), (11, "Last Name"),
        (12, None),
    ]  # fmt: skip


async def test_a_row_is_a_duplicate_of_what_the_importer_sees(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    old = START - timedelta(days=31)
    await make_lead(app, partner=world.acme, email="same@contoso.example", listing_id=listing, listing_name="Ledger")
    await make_lead(app, partner=world.acme, email="old@contoso.example", created_at=old)
    await make_lead(app, partner=world.acme, last_name="By phone", email=None, phone="+4930123456")
    await make_lead(app, partner=world.acme, external_reference="X-1", source=LeadSource.API)
    await make_lead(app, partner=world.globex, email="rivals@contoso.example", external_reference="X-2")
    done = await import_file(
        app,
        world.referrals,
        "Last Name,Email,Phone,Country,Listing,External ID\n"
        "A,SAME@contoso.example,,,Ledger,\n"  # the same person and listing
        "B,same@contoso.example,,,,\n"  # another request of the person
        "C,old@contoso.example,,,,\n"  # a month later
        "D,,030 123456,DE,,\n"  # the same number
        "E,e@contoso.example,030 123456,DE,,\n"  # the address counts
        "F,f@contoso.example,,,,X-1\n"  # the same id
        "G,rivals@contoso.example,,,,X-2\n"  # another partner's lead is not there
        "H,g@contoso.example,,,,X-9\n"
        "I,h@contoso.example,,,,X-9\n"  # twice in the file
        "J,g@contoso.example,,,,\n",
    )
    assert done.counts == (10, 10, 5, 0, 5, 0)
    assert {"B", "C", "E", "G", "H"} <= {lead.last_name for lead in await all_leads(app)}


async def test_the_same_file_twice_adds_nothing(app: AppContext, world: World) -> None:
    content = HEADER + "".join(f"F{at},L{at},Contoso,l{at}@contoso.example,,FR\n" for at in range(30))
    assert (await import_file(app, world.referrals, content)).counts == (30, 30, 30, 0, 0, 0)
    assert (await import_file(app, world.referrals, content)).counts == (30, 30, 0, 0, 30, 0)


async def test_a_deleted_lead_gives_up_its_external_reference(app: AppContext, world: World) -> None:
    content = "Last Name,External ID,Source\nA,X-1,EVENT\n"
    await import_file(app, world.referrals, content)
    (first,) = await all_leads(app)
    await delete_lead(app, world.referrals, first.id)
    assert (await import_file(app, world.referrals, content)).counts == (1, 1, 1, 0, 0, 0)


async def test_notes_and_campaigns_are_added(app: AppContext, world: World) -> None:
    campaign = await make_campaign(app, "SPRING")
    done = await import_file(app, world.referrals, "Last Name,Campaign Code,Note\nA,spring,Call him\nB,autumn,\n")
    assert done.errors == [(3, "Campaign Code", "No campaign has this code.")]
    (lead,) = await all_leads(app)
    assert (lead.campaign_ids, lead.campaign_code) == ((campaign,), None)
    assert await timeline_kinds(app, lead.id) == ["CREATED", "CAMPAIGN_JOINED", "NOTE_ADDED"]
    rows = await app.database.writing.fetch("SELECT body, partner_id FROM note")
    assert [(row["body"], str(row["partner_id"])) for row in rows] == [("Call him", str(world.acme))]


async def test_other_products_values_without_a_counterpart_are_left_out(app: AppContext, world: World) -> None:
    await import_file(
        app, world.referrals, "Last Name,Lead Source,Lead Status,Email\nA,Web,Open - Not Contacted,a@b\nB,Billboard,Nurturing,\n"
    )
    leads = await by_last_name(app)
    assert [(leads[name].source, leads[name].status) for name in "AB"] == [
        (LeadSource.WEB_FORM, LeadStatus.NEW), (LeadSource.IMPORT, LeadStatus.NEW),
    ]  # fmt: skip
    assert leads["A"].email_validity is EmailValidity.INVALID


async def test_the_mapping_has_precedence(app: AppContext, world: World) -> None:
    mapping = {"kto": F.LAST_NAME, "Company": F.IGNORE, "Kraj": F.REGION, "Nobody": F.EMAIL}
    done = await import_file(app, world.referrals, "Kto;Company;Kraj\nBosu;Contoso;Jihomoravský\n", mapping)
    assert [heading for _, heading, _ in done.errors] == ["Nobody"]
    (lead,) = await all_leads(app)
    assert (lead.last_name, lead.company, lead.region) == ("Bosu", None, "Jihomoravský")


async def test_a_profile_lead_needs_a_profile(app: AppContext, world: World) -> None:
    content = "Last Name,Type\nA,PROFILE\n"
    assert (await import_file(app, world.referrals, content)).counts[-1] == 1
    profile = await make_profile(app, world.acme)
    await import_file(app, world.referrals, content)
    assert [lead.profile_id for lead in await all_leads(app)] == [profile]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"Colour,Shape\nred,round\n", "No column is known"),
        (("Last Name," * 200).encode(), "201 columns"),
        (("a," * 1_000_000 + "\nx\n").encode(), "1,000,001 columns"),
        (b'"Last Name\nA\n', "header cannot be read"),
        (HEADER.encode() + b"A,B,C,,,\n" * 11, "more than 10 rows"),
        (b"Last Name\n" + b"x" * 4_100_000, "longer than"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_and_leaves_nothing(app: AppContext, world: World, content: bytes, words: str) -> None:
    object.__setattr__(app, "import_limits", ImportLimits(rows=10))
    done = await import_file(app, world.referrals, content)
    assert done.stored.state == "FAILED"
    assert done.stored.finished_at is not None
    assert words in done.errors[-1][2]
    assert await all_leads(app) == []


async def test_a_header_alone_is_an_import_of_nothing(app: AppContext, world: World) -> None:
    done = await import_file(app, world.referrals, HEADER)
    assert (done.stored.state, done.counts) == ("SUCCEEDED", (0, 0, 0, 0, 0, 0))


async def test_a_cancelled_import_stops(app: AppContext, world: World) -> None:
    import_id = await start(app, world.referrals, HEADER + "A,B,,,,\n")
    assert await cancel_lead_import(app, world.referrals, import_id) == import_id
    assert await cancel_lead_import(app, world.referrals, import_id) == import_id
    assert not await ImportRunner(lambda: app).run_next()
    assert (await result_of(app, import_id)).stored.state == "CANCELLED"
    assert await all_leads(app) == []
    await ImportRunner(lambda: app).tidy()
    assert await app.database.writing.fetch("SELECT id FROM lead_import_chunk") == []
    done = await import_file(app, world.referrals, HEADER)
    with pytest.raises(Invalid, match="ended already"):
        await cancel_lead_import(app, world.referrals, done.stored.id)


async def test_only_referral_admins_and_administrators_import_and_see_their_own(app: AppContext, world: World) -> None:
    for who in (world.rep, world.profiles, world.channel, world.seller):
        with pytest.raises(NotPermitted):
            await start_lead_import(app, who, NewImport("x.csv"))
    import_id = await start_lead_import(app, world.referrals, NewImport("x.csv"))
    with pytest.raises(NotFound):
        await cancel_lead_import(app, world.rival_admin, import_id)
    with pytest.raises(NotPermitted):
        await cancel_lead_import(app, world.rep, import_id)
    await cancel_lead_import(app, world.admin, import_id)


async def test_a_member_who_lost_the_right_imports_nothing_more(app: AppContext, world: World) -> None:
    import_id = await start(app, world.referrals, HEADER + "A,B,,,,\n")
    await app.database.writing.execute("UPDATE member SET is_active = FALSE WHERE id = ?", world.referrals.member_id)
    await ImportRunner(lambda: app).run_next()
    done = await result_of(app, import_id)
    assert (done.stored.state, await all_leads(app)) == ("FAILED", [])


async def test_an_import_whose_file_never_comes_ends(app: AppContext, world: World, clock: Clock) -> None:
    import_id = await start_lead_import(app, world.referrals, NewImport("x.csv"))
    clock.advance(hours=25)
    await ImportRunner(lambda: app).tidy()
    assert (await result_of(app, import_id)).stored.state == "FAILED"


async def test_the_input_is_validated(app: AppContext, world: World) -> None:
    for wanted, field in (
        (NewImport(" "), "filename"),
        (NewImport("x.csv", delimiter="x"), "delimiter"),
        (NewImport("x.csv", encoding="klingon"), "encoding"),
        (NewImport("x.csv", mapping=((" ", F.EMAIL),)), "mapping"),
    ):
        with pytest.raises(Invalid) as refused:
            await start_lead_import(app, world.referrals, wanted)
        assert refused.value.invalid_fields[0].field[0] == field


async def test_a_repeated_key_starts_one_import(app: AppContext, world: World) -> None:
    first = await start_lead_import(app, world.referrals, NewImport("x.csv"), "key")
    assert await start_lead_import(app, world.referrals, NewImport("x.csv"), "key") == first


async def test_a_hidden_lead_is_no_duplicate(app: AppContext, world: World) -> None:
    """A partner must not find out who waits in a queue."""
    await make_lead(app, email="waiting@contoso.example", external_reference="X-1", source=LeadSource.IMPORT)
    done = await import_file(app, world.referrals, "Last Name,Email,External ID\nA,waiting@contoso.example,X-1\n")
    assert done.counts == (1, 1, 1, 0, 0, 0)
