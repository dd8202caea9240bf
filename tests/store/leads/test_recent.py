"""Leads that a member acted on recently."""

from gql_leads.domain.commands import LeadFields
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.deletion import delete_lead
from gql_leads.services.leads.updates import update_lead
from gql_leads.store.leads import lists, recent
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Page, Window, cursor_values
from gql_leads.store.sql.projection import Projection
from tests.factories import World
from tests.fixtures import make_lead

REFERENCE = Projection(frozenset({"reference"}))


async def page(app: AppContext, viewer: Viewer, window: Window | None = None) -> Page:
    return await recent.page(app.reader(viewer), REFERENCE, window or Window(10))


def references(page: Page) -> list[str]:
    return [row["reference"] for row in page.rows]


async def test_each_lead_is_listed_once_at_the_last_action_of_the_viewer(app: AppContext, world: World) -> None:
    one, two, three = [await make_lead(app, partner=world.acme, reference=f"L-{number}") for number in (1, 2, 3)]
    for number, (who, lead) in enumerate(
        ((world.rep, one), (world.rep, two), (world.rep, one), (world.colleague, three), (world.colleague, two))
    ):
        await update_lead(app, who, lead, LeadFields(company=f"Company {number}"))
    assert references(await page(app, world.rep)) == ["L-1", "L-2"]
    assert references(await page(app, world.colleague)) == ["L-2", "L-3"]
    assert references(await page(app, world.rival)) == []
    for viewer, total in ((world.rep, 2), (world.colleague, 2), (world.rival, 0)):
        assert await lists.total(app.reader(viewer), LeadQuery(within=recent.acted_on(viewer))) == total


async def test_page_continues_after_the_cursor_of_the_last_row(app: AppContext, world: World) -> None:
    for number in (1, 2, 3):
        lead = await make_lead(app, partner=world.acme, reference=f"L-{number}")
        await update_lead(app, world.rep, lead, LeadFields(company="Fabrikam"))
    first = await page(app, world.rep, Window(2))
    assert (references(first), first.has_next) == (["L-3", "L-2"], True)
    rest = await page(app, world.rep, Window(2, after=cursor_values(first.rows[-1], recent.LAST_FIRST)))
    assert (references(rest), rest.has_next, rest.has_previous) == (["L-1"], False, True)


async def test_leads_that_the_viewer_no_longer_sees_are_left_out(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await update_lead(app, world.referrals, lead, LeadFields(company="Fabrikam"))
    assert len((await page(app, world.referrals)).rows) == 1
    await delete_lead(app, world.referrals, lead)
    assert references(await page(app, world.referrals)) == []
