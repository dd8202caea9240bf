"""The limit of a day's claims holds while servers of 0.4.0, the oldest release that may overlap, claim from the same queue."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from gql_leads.domain.claims import day_of
from gql_leads.domain.errors import ClaimLimitReached
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from tests.factories import World
from tests.fixtures import Clock, load_viewer, make_lead, make_queue

COUNTING_OF_0_4_0: Final = (
    "INSERT INTO queue_use (queue_id, partner_id, open_claims, claims_that_day, day)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (queue_id, partner_id) DO UPDATE SET"
    " open_claims = queue_use.open_claims + excluded.open_claims,"
    " claims_that_day = CASE WHEN queue_use.day < excluded.day THEN 0 ELSE queue_use.claims_that_day END + excluded.claims_that_day,"
    " day = CASE WHEN queue_use.day < excluded.day THEN excluded.day ELSE queue_use.day END"
    " RETURNING queue_id, partner_id, open_claims, claims_that_day"
)
LIMIT: Final = 5


class LimitOf040(Exception):
    """0.4.0 refused a claim."""


async def claim_as_0_4_0(app: AppContext, who: Viewer, lead_id: UUID, queue: UUID, day: datetime) -> None:
    """Claim with the statements of release 0.4.0 that the limit depends on."""
    async with app.database.transaction() as connection:
        await connection.execute(
            "UPDATE lead SET partner_id = ?, queue_id = NULL, origin_queue_id = ?, owner_id = ?, version = version + 1 WHERE id = ?",
            who.partner_id, queue, who.member_id, lead_id,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO claim (lead_id, queue_id, partner_id, member_id, claimed_at) VALUES (?, ?, ?, ?, ?)",
            lead_id, queue, who.partner_id, who.member_id, app.now(),
        )  # fmt: skip
        (row,) = await connection.fetch(COUNTING_OF_0_4_0, queue, who.partner_id, 1, 1, day)
        if row["claims_that_day"] > LIMIT:
            raise LimitOf040


async def claim_all(app: AppContext, rep: Viewer, queue: UUID, leads: list[UUID]) -> int:
    """Claim the leads at once, every other one with 0.4.0, and return how many were granted."""

    async def claim(number: int, lead_id: UUID) -> bool:
        try:
            if number % 2:
                await claim_lead(app, rep, lead_id)
            else:
                await claim_as_0_4_0(app, rep, lead_id, queue, day_of(app.now()))
        except (ClaimLimitReached, LimitOf040):
            return False
        return True

    return sum(await asyncio.gather(*(claim(number, lead_id) for number, lead_id in enumerate(leads))))


async def test_both_releases_together_grant_the_limit_of_each_day(app: AppContext, world: World, clock: Clock) -> None:
    queue = await make_queue(app, max_claims_per_day=LIMIT)
    rep = await load_viewer(app, world.rep)  # with the new queue
    for _ in range(2):
        leads = [await make_lead(app, queue=queue) for _ in range(12)]
        assert await claim_all(app, rep, queue, leads) == LIMIT
        assert await claim_all(app, rep, queue, [await make_lead(app, queue=queue) for _ in range(2)]) == 0
        clock.advance(days=1)
