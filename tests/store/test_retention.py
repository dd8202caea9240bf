"""Purge: every personal attribute of a lead is removed for good, and every other one stays."""

from datetime import timedelta

from gql_leads.domain.attributes import Personal
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.services.app_context import AppContext
from gql_leads.store import retention
from gql_leads.store.sql.rows import Row, facts_of
from gql_leads.store.unit_of_work import derived
from tests.domain.facts import filled_with
from tests.factories import World
from tests.fixtures import build_lead

MARK = "Zyxwvut"
# References to rows of other tables, and what decides whether the lead is purged.
LEFT_AS_BUILT = frozenset({"id", "reference", "purged_at", *(name for name in ATTRIBUTES if name.endswith(("_id", "_ids")))}) - {"crm_id"}


async def row_of(app: AppContext, lead: Lead) -> Row:
    row = await app.database.writing.fetch_one("SELECT * FROM lead WHERE id = ?", lead.id)
    assert row is not None
    return row


async def test_a_purge_removes_every_personal_attribute_and_keeps_every_other(app: AppContext, world: World) -> None:
    values = {name: value for name, value in filled_with(Lead, MARK).items() if name not in LEFT_AS_BUILT}
    short = {"deal_currency": "EUR", "country": "FR", "listing_name": "Ledger", "deleted_at": app.now() - app.rules.restore_within}
    lead = await build_lead(app, partner=world.acme, **(values | short))
    async with app.unit_of_work(None) as uow:
        await uow.insert(lead, "vendor")
    before = await row_of(app, lead)
    async with app.unit_of_work(None) as uow:
        assert await retention.purge(uow, 10)
    after = await row_of(app, lead)
    personal = {name for name, one in ATTRIBUTES.items() if one.personal in (Personal.YES, Personal.MAYBE)}
    assert all(MARK in str(before[name]) for name in personal)
    for name in facts_of(lead):
        if name in personal:
            assert after[name] == ({"last_name": "Unknown", "team": "[]"}.get(name))
        elif name != "purged_at":
            assert after[name] == before[name]
    assert MARK.casefold() not in str(dict(after)).casefold()  # type: ignore[call-overload]
    assert {name for name in derived(lead) if after[name]} == {"last_name_key", "listing_key"}


async def test_a_lead_that_can_still_be_restored_is_not_purged(app: AppContext, world: World) -> None:
    lead = await build_lead(app, partner=world.acme, deleted_at=app.now() - app.rules.restore_within + timedelta(milliseconds=1))
    async with app.unit_of_work(None) as uow:
        await uow.insert(lead, "vendor")
    before = await row_of(app, lead)
    async with app.unit_of_work(None) as uow:
        assert not await retention.purge(uow, 10)
    assert dict(await row_of(app, lead)) == dict(before)  # type: ignore[call-overload]
