"""Notes, activities, changes and conversions of one opportunity at the same time: the log has them in their order."""

import asyncio
from contextlib import suppress
from uuid import UUID

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Conversion, OpportunityFields
from gql_leads.domain.errors import Refusal
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunitySnapshot
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.activities import complete_activity, log_opportunity_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.leads.erasure import erase_lead_contact
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.notes import add_opportunity_note
from gql_leads.services.opportunities import update_opportunity
from gql_leads.store.events import event_log
from tests.factories import World
from tests.fixtures import Clock, make_qualified_lead, wait_for_event_log
from tests.services.customers import an_account, an_opportunity

ROUNDS = 6
STAGES = (OpportunityStage.PROPOSAL, OpportunityStage.NEGOTIATION)


async def test_each_event_begins_where_the_one_before_it_ended(app: AppContext, world: World, clock: Clock) -> None:
    account = await an_account(app, world.rep)
    sales = [await an_opportunity(app, world.rep, account) for _ in range(2)]
    leads = [await make_qualified_lead(app, world.rep) for _ in range(ROUNDS)]

    async def move(sale: UUID) -> None:
        for number in range(ROUNDS):
            clock.advance(seconds=1)
            await update_opportunity(app, world.rep, sale, OpportunityFields(stage=STAGES[number % 2]))

    async def annotate(sale: UUID) -> None:
        for _ in range(ROUNDS):
            await add_opportunity_note(app, world.channel, sale, "Called.")
            task = await log_opportunity_activity(app, world.colleague, sale, NewActivity(kind=ActivityKind.TASK, subject="Call"))
            await complete_activity(app, world.rep, task)

    async def convert(lead: UUID, sale: UUID) -> None:
        with suppress(Refusal):
            await add_lead_note(app, world.channel, lead, "Ready.")
            await convert_lead(app, world.rep, lead, Conversion(account_id=account, opportunity_id=sale))
            await erase_lead_contact(app, world.referrals, lead)

    async with asyncio.timeout(120):
        await asyncio.gather(
            *(work(sale) for sale in sales for work in (move, annotate)),
            *(convert(lead, sales[number % 2]) for number, lead in enumerate(leads)),
        )
    await wait_for_event_log(app)
    latest: dict[UUID, OpportunitySnapshot] = {}
    kinds = []
    for logged in await event_log.read(app.database.reading, event_log.BEGINNING, 1_000):
        event = logged.event
        if isinstance(event, OpportunityEvent):
            assert event.before == latest.get(event.opportunity_id)
            latest[event.opportunity_id] = event.after
            kinds.append(event.kind.value)
    assert {"CREATED", "STAGE_CHANGED", "NOTE_ADDED", "ACTIVITY_LOGGED", "ACTIVITY_COMPLETED", "CHANGED"} == {*kinds}
    assert len(kinds) >= 2 + 2 * ROUNDS * 4
