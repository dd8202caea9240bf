"""Candidates are the newest claimable leads; preferences come from the partner's profiles and its responses."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from gql_leads.domain.leads.lead import CompanySize, LeadOutcome, LeadStage, LeadType
from gql_leads.domain.leads.recommendations import Answers
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import recommendations
from gql_leads.store.sql.rows import to_json
from tests.factories import World
from tests.fixtures import Clock, load_viewer, make_lead, make_profile, make_queue


async def test_candidates_are_the_claimable_leads_newest_first(app: AppContext, world: World, clock: Clock) -> None:
    closed, other = await make_queue(app, open_to=[world.globex]), await make_queue(app, open_to=[world.acme])
    old = await make_lead(app, company="Old", message="Cloud please")
    clock.advance(seconds=1)
    new = await make_lead(app, queue=other)
    await make_lead(app, queue=closed)
    await make_lead(app, partner=world.acme)
    await make_lead(app, is_test=True)
    await make_lead(app, deleted_at=app.now())
    await make_lead(app, expires_at=app.now() - timedelta(milliseconds=1))
    found = await recommendations.candidates(app.reader(await load_viewer(app, world.rep)))
    assert [one.id for one in found] == [new, old]
    assert (found[1].company, found[1].message, found[1].country, found[1].type) == ("Old", "Cloud please", "FR", LeadType.OFFER)
    assert found[1].created_at == app.now() - timedelta(seconds=1)


async def test_vendor_has_no_candidates(app: AppContext, world: World) -> None:
    await make_lead(app)
    assert await recommendations.candidates(app.reader(world.channel)) == []


async def test_preferences_have_each_keyword_and_size_of_all_profiles_once(app: AppContext, world: World) -> None:
    small, large = CompanySize.EMPLOYEES_1_TO_9, CompanySize.EMPLOYEES_10_TO_50
    profiles: tuple[tuple[UUID, list[str], list[CompanySize]], ...] = (
        (world.acme, ["cloud", "ERP"], [small]),
        (world.acme, ["ERP", "AI"], [small, large]),
        (world.globex, ["rival"], []),
    )
    for partner, keywords, sizes in profiles:
        profile = await make_profile(app, partner)
        await app.database.writing.execute(
            "UPDATE business_profile SET keywords = ?, company_sizes = ? WHERE id = ?", to_json(keywords), to_json(sizes), profile
        )
    found = await recommendations.taste(app.reader(world.rep))
    assert found.keywords == ("cloud", "ERP", "AI")
    assert found.company_sizes == {small, large}
    assert found.answers == {}


async def test_preferences_count_accepted_and_declined_leads_by_attribute(app: AppContext, world: World) -> None:
    accepted: dict[str, Any] = {"stage": LeadStage.ACCEPTED, "accepted_at": app.now()}
    declined: dict[str, Any] = {"stage": LeadStage.ARCHIVED, "outcome": LeadOutcome.DECLINED}
    lost: dict[str, Any] = {"stage": LeadStage.ARCHIVED, "outcome": LeadOutcome.LOST, "accepted_at": app.now()}
    await make_lead(app, partner=world.acme, country="FR", industry="Retail", **accepted)
    await make_lead(app, partner=world.acme, country="FR", **lost)
    await make_lead(app, partner=world.acme, country="DE", **declined)
    await make_lead(app, partner=world.acme, country="FR", type=LeadType.PROFILE, **declined)
    await make_lead(app, partner=world.acme, country="JP")
    await make_lead(app, partner=world.acme, country="JP", is_test=True, **accepted)
    await make_lead(app, partner=world.globex, country="JP", **accepted)
    found = await recommendations.taste(app.reader(world.rep))
    assert found.answers == {
        ("country", "FR"): Answers(2, 1),
        ("country", "DE"): Answers(0, 1),
        ("industry", "Retail"): Answers(1, 0),
        ("type", "OFFER"): Answers(2, 1),
        ("type", "PROFILE"): Answers(0, 1),
    }
