"""Closed opportunities of the previous release get the time of their last change as that of closing."""

from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.app_context import AppContext
from gql_leads.store.opportunities import OPPORTUNITIES
from tests.factories import World
from tests.fixtures import Clock, migrate_to
from tests.services.customers import an_account, an_opportunity, the


async def test_opportunities_of_the_previous_release_are_kept(app: AppContext, world: World, clock: Clock) -> None:
    account, found = await an_account(app, world.rep), {}
    for stage, reason in (
        (OpportunityStage.PROPOSAL, None),
        (OpportunityStage.CLOSED_WON, None),
        (OpportunityStage.CLOSED_LOST, CloseReason.SPAM),
    ):
        clock.advance(minutes=1)
        made = await an_opportunity(app, world.rep, account, stage=stage, close_reason=reason)
        found[made] = await the(app, OPPORTUNITIES, world.rep, made)
    await migrate_to(app.database, "0015_account_domains")
    await migrate_to(app.database)
    for made, before in found.items():
        after = await the(app, OPPORTUNITIES, world.rep, made)
        assert (after.name, after.stage, after.close_reason) == (before.name, before.stage, None)
        assert after.closed_at == (before.updated_at if before.is_closed else None)
    await an_opportunity(app, world.rep, account)
