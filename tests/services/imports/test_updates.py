"""Rows with a known reference update that lead, as its members may; an unchanged row writes nothing."""

import csv
import io
from typing import Any

from gql_leads.domain.leads.lead import LeadStage, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.erasure import erase_lead_contact
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_lead, timeline_kinds
from tests.services.imports.importing import all_leads, export, import_file


async def test_an_edited_export_updates_what_was_edited(app: AppContext, world: World, clock: Clock) -> None:
    facts: dict[str, Any] = {"phone": "+4930123456", "company": "=Formula & Co", "message": "Two\nlines; and a\ttab"}
    first = await make_lead(app, partner=world.acme, last_name="Bosu", email="a@contoso.example", **facts)
    second = await make_lead(app, partner=world.acme, last_name="Novák", email="b@contoso.example")
    clock.advance(hours=1)
    rows = list(csv.DictReader(io.StringIO((await export(app, world.referrals)).decode("utf-8-sig"), newline="")))
    before = [await load_lead(app, one) for one in (first, second)]
    for row in rows:
        if row["LastName"] == "Bosu":
            row |= {"FirstName": "Aparna", "Phone": "", "Status": "CONTACTED", "Stage": "ARCHIVED", "DealName": "ignored", "LastName": ""}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    done = await import_file(app, world.referrals, text.getvalue())
    assert (done.counts, done.errors) == ((2, 2, 0, 1, 0, 0), [])
    lead = await load_lead(app, first)
    assert (lead.first_name, lead.last_name, lead.phone, lead.status) == ("Aparna", "Bosu", None, LeadStatus.CONTACTED)
    assert (lead.stage, lead.deal_name, lead.company, lead.message) == (LeadStage.RECEIVED, None, facts["company"], facts["message"])
    assert await load_lead(app, second) == before[1]
    assert "STATUS_CHANGED" in await timeline_kinds(app, first)


async def test_an_unchanged_export_changes_nothing(app: AppContext, world: World, clock: Clock) -> None:
    for at in range(5):
        await make_lead(app, partner=world.acme, last_name=f"L{at}", email=f"{at}@contoso.example", phone="030 1234567", country="DE")
    erased = await make_lead(app, partner=world.acme, last_name="Erased")
    await erase_lead_contact(app, world.referrals, erased)
    await make_lead(app, last_name="Waiting", message="I am Waiting", email="w@contoso.example", email_validity="VALID")
    sent: dict[str, Any] = {"sender_id": world.referrals.member_id, "sender_partner_id": world.acme, "industry": "Food", "city": "Paris"}
    await make_lead(app, partner=world.globex, last_name="Sent", company_size="EMPLOYEES_1_TO_9", **sent)
    before = await all_leads(app)
    clock.advance(hours=1)
    for who in (world.referrals, world.admin):
        done = await import_file(app, who, await export(app, who))
        assert (done.counts, done.errors) == ((8, 8, 0, 0, 0, 0), [])
        assert await all_leads(app) == before


async def test_a_change_that_the_member_may_not_make_is_a_rejected_row(app: AppContext, world: World) -> None:
    archived = await make_lead(app, partner=world.acme, reference="L-AAAA11", last_name="A", stage=LeadStage.ARCHIVED, outcome="LOST")
    await make_lead(app, partner=world.globex, reference="L-BBBB22", last_name="B")
    await make_lead(app, reference="L-CCCC33", last_name="C")
    content = "Reference,Last Name,Email\nl-aaaa11,Changed,\nL-BBBB22,Theirs,\nL-CCCC33,Waiting,\nL-,X,\n"
    done = await import_file(app, world.referrals, content)
    assert done.counts == (4, 4, 1, 0, 0, 3)
    assert [(row, heading) for row, heading, _ in done.errors] == [(2, None), (4, None), (5, "Reference")]
    assert (await load_lead(app, archived)).last_name == "A"
    names = {lead.last_name: lead.reference for lead in await all_leads(app)}
    assert names.keys() == {"A", "B", "C", "Theirs"}
    assert names["Theirs"] != "L-BBBB22"  # whose lead that is, a partner does not find out
    done = await import_file(app, world.admin, "Reference,Last Name\nL-BBBB22,Changed\n")
    assert "may edit this lead" in done.errors[0][2]


async def test_a_row_that_cannot_be_changed_as_a_whole_is_not_changed_in_part(app: AppContext, world: World) -> None:
    lead_id = await make_lead(
        app, partner=world.acme, reference="L-AAAA11", last_name="A", stage=LeadStage.ARCHIVED, outcome="CONVERTED", email="a@b.example"
    )
    done = await import_file(app, world.referrals, "Reference,Last Name,Email,Status\nL-AAAA11,B,a@b.example,DELIVERED\n")
    assert done.counts == (1, 1, 0, 0, 0, 1)
    assert (await load_lead(app, lead_id)).status is LeadStatus.NEW
    done = await import_file(app, world.referrals, "Reference,Last Name,Email,Status\nL-AAAA11,A,a@b.example,DELIVERED\n")
    assert done.counts == (1, 1, 0, 1, 0, 0)


async def test_the_same_reference_twice_updates_twice(app: AppContext, world: World) -> None:
    content = "Reference,Last Name,Partner\nL-AAAA11,A,Acme Cloud\nL-AAAA11,A,Acme Cloud\nL-BBBB22,B,Acme Cloud\n"
    done = await import_file(app, world.admin, content)
    assert (done.counts, done.errors) == ((3, 3, 2, 0, 0, 0), [])
    done = await import_file(app, world.referrals, "Reference,Company\nL-AAAA11,One\nL-AAAA11,Two\nL-BBBB22,Two\n")
    assert (done.counts, done.errors) == ((3, 3, 0, 3, 0, 0), [])
    assert {lead.company for lead in await all_leads(app)} == {"Two"}
