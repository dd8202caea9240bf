"""Figures of opportunities equal those that are computed one by one, for every viewer, filter, scope and period."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from gql_leads.domain.leads.filters import EVERYTHING
from gql_leads.domain.opportunities.records import Account, Opportunity, OpportunityStage
from gql_leads.domain.reports.figures import OpportunityFigures
from gql_leads.domain.reports.periods import ReportInterval, ReportScope
from gql_leads.domain.values.money import Money
from gql_leads.store import opportunities
from gql_leads.store.opportunities import ACCOUNTS, OPPORTUNITIES
from gql_leads.store.reports import opportunity_reports
from gql_leads.store.reports.lead_reports import Question
from tests.fixtures import START
from tests.property_runner import PropertyRunner
from tests.scenarios import DAYS, Scenario, filters
from tests.store.reports.test_lead_reports import is_counted, is_in_scope, periods, within

more_examples = settings(max_examples=120)


@given(data=st.data())
@more_examples
def test_figures_of_opportunities_equal_those_computed_one_by_one(runner: PropertyRunner, scenario: Scenario, data: st.DataObject) -> None:
    made = _MADE.get(id(scenario)) or _MADE.setdefault(id(scenario), runner.call(make_opportunities, scenario))
    viewer = data.draw(st.sampled_from(scenario.viewers))
    asked = data.draw(st.just(EVERYTHING) | filters(scenario))
    asked = replace(asked, is_deleted=data.draw(st.sampled_from((None, False))))
    scope = data.draw(st.sampled_from(ReportScope))
    question = Question(asked, data.draw(periods()), ReportInterval.DAY, frozenset(), frozenset(), scope)
    visible = [one for one in made if viewer.sees_everything or one.partner_id == viewer.partner_id]
    leads = {lead.id: lead for lead in scenario.leads}
    if asked == EVERYTHING and scope is ReportScope.IN_SIGHT:
        counted = [one for one in visible if one.lead_id is None or not leads[one.lead_id].is_test]
    else:
        counted = [
            one
            for one in visible
            if one.lead_id is not None
            and is_counted(scenario, viewer, asked, leads[one.lead_id])
            and is_in_scope(viewer, scope, leads[one.lead_id])
        ]
    assert runner.call(opportunity_reports.figures, scenario.app.reader(viewer), question) == expected(counted, question)


_MADE: dict[int, list[Opportunity]] = {}


def expected(counted: Iterable[Opportunity], question: Question) -> OpportunityFigures:
    """Return the figures computed one by one."""
    found, period, won, opened = OpportunityFigures(), question.period, Counter[str](), Counter[str]()
    for one in counted:
        found.created += within(one.created_at, period)
        is_open = one.created_at < period.end and (one.closed_at is None or one.closed_at >= period.end)
        is_won = within(one.closed_at, period) and one.stage is OpportunityStage.CLOSED_WON
        found.open += is_open
        found.won += is_won
        found.lost += within(one.closed_at, period) and one.stage is OpportunityStage.CLOSED_LOST
        if one.amount_currency is not None and (is_open or is_won):
            (opened if is_open else won)[one.amount_currency] += one.amount_minor or 0
    found.amount_won, found.amount_open = ([Money(worth[currency], currency) for currency in sorted(worth)] for worth in (won, opened))
    return found


async def make_opportunities(scenario: Scenario) -> list[Opportunity]:
    """Insert opportunities of both partners, by hand and from leads, in every stage."""
    chance, made = random.Random(2), list[Opportunity]()
    owners = {scenario.world.acme: scenario.world.rep.member_id, scenario.world.globex: scenario.world.rival.member_id}
    async with scenario.app.database.transaction() as connection:
        accounts = {}
        for partner in owners:
            account = Account(id=uuid7(), partner_id=partner, name="Contoso", created_at=START)
            await opportunities.insert(connection, ACCOUNTS, account)
            accounts[partner] = account.id
        for _ in range(80):
            partner = chance.choice(tuple(owners))
            own = [lead.id for lead in scenario.leads if lead.partner_id == partner]
            one = _opportunity(chance, partner, accounts[partner], owners[partner], chance.choice((None, *own)))
            await opportunities.insert(connection, OPPORTUNITIES, one)
            made.append(one)
    return made


def _opportunity(chance: random.Random, partner: UUID, account: UUID, owner: UUID, lead: UUID | None) -> Opportunity:
    stage = chance.choice(tuple(OpportunityStage))
    created_at = START + timedelta(days=chance.choice(DAYS))
    later = timedelta(milliseconds=chance.choice((0, 1, 86_400_000, chance.randrange(10**9))))
    minor = chance.choice((None, 0, 999_999, 2**62))
    facts: dict[str, Any] = {} if minor is None else {"amount_minor": minor, "amount_currency": chance.choice(("EUR", "JPY"))}
    return Opportunity(
        id=uuid7(), partner_id=partner, name="Deal", account_id=account, lead_id=lead, stage=stage, owner_id=owner, created_at=created_at,
        updated_at=created_at, closed_at=created_at + later if stage.value.startswith("CLOSED") else None, **facts,
    )  # fmt: skip
