"""Responsiveness of partners equals figures that are computed from the leads in Python."""

from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.reports.responsiveness import Responsiveness
from gql_leads.services.app_context import AppContext
from gql_leads.store.reports import responsiveness
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_lead, make_partner


def random_outcome(rng: Random, reached: datetime) -> dict[str, Any]:
    """Return attributes of a lead after it reached its partner, for one of the possible outcomes."""
    answered = reached + timedelta(seconds=rng.randrange(1, 900_000))
    later = answered + timedelta(days=1)
    archived = {"stage": LeadStage.ARCHIVED, "archived_at": later}
    return rng.choice((
        {},
        {"stage": LeadStage.ACCEPTED, "accepted_at": answered},
        {**archived, "accepted_at": answered, "outcome": rng.choice((LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.CONVERTED))},
        {**archived, "outcome": LeadOutcome.DECLINED, "archived_at": answered},
        {**archived, "outcome": LeadOutcome.EXPIRED},
        {**archived, "accepted_at": answered, "outcome": LeadOutcome.DUPLICATE},
    ))  # fmt: skip


def expected_figures(leads: list[Lead], *, deleted: bool) -> Responsiveness:
    alive = [one for one in leads if deleted or one.deleted_at is None]
    counted = [one for one in alive if not one.is_test and one.outcome is not LeadOutcome.DUPLICATE]
    declined = [one for one in counted if one.outcome is LeadOutcome.DECLINED]
    accepted = [one for one in counted if one.accepted_at]
    took = [one.accepted_at - one.reached_at for one in accepted if one.accepted_at and one.reached_at]
    took += [one.archived_at - one.reached_at for one in declined if one.archived_at and one.reached_at]
    expired = sum(one.outcome is LeadOutcome.EXPIRED for one in counted)
    hours = median(one / timedelta(hours=1) for one in took) if took else None
    return Responsiveness(len(accepted), len(declined), expired, hours)


async def test_figures_equal_those_computed_from_the_leads(app: AppContext, world: World, clock: Clock) -> None:
    rng, partners = Random(7), [world.acme, world.globex, await make_partner(app), await make_partner(app)]
    made: dict[UUID, list[Lead]] = {one: [] for one in partners}
    for _ in range(120):
        clock.advance(hours=rng.random())
        partner = rng.choice(partners[:3])
        facts = {"is_test": rng.random() < 0.1, "deleted_at": clock() if rng.random() < 0.1 else None, **random_outcome(rng, clock())}
        made[partner].append(await load_lead(app, await make_lead(app, partner=partner, **facts)))
    connection = app.database.reading
    for viewer, deleted in ((world.admin, True), (world.seller, True), (world.rep, False)):
        found = await responsiveness.of_partners(connection, viewer, partners)
        assert found.keys() == (set(partners) if viewer.is_vendor else {world.acme})
        for partner, figures in found.items():
            expected = expected_figures(made[partner], deleted=deleted)
            assert (figures.accepted, figures.declined, figures.expired) == (expected.accepted, expected.declined, expected.expired)
            assert figures.median_response_hours == pytest.approx(expected.median_response_hours)


def test_acceptance_rate_is_the_share_of_answered_and_expired_leads() -> None:
    figures = Responsiveness(accepted=3, declined=2, expired=1)
    assert (figures.answered, figures.acceptance_rate) == (5, 0.5)
    assert Responsiveness().acceptance_rate is None
