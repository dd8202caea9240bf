"""Fields that depend on the member are marked private."""

from typing import Any

from gql_leads.api.queries import Query
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.values.filters import LeadFilter
from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import favorites
from tests.api.client import private_fields, selection_of
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_accepted_lead, make_lead


async def make_leads(app: AppContext, world: World) -> None:
    """Leads that two colleagues stand differently to."""
    lead = await make_lead(app, partner=world.acme, owner_id=world.rep.member_id, claimed_at=app.now(), origin_queue_id=world.general)
    await favorites.favorite_lead(app, world.rep, lead)
    await make_accepted_lead(app, world.rep)
    await make_accepted_lead(app, world.referrals)
    await make_lead(app, contact_requested_at=app.now())


async def test_fields_that_differ_between_colleagues_are_marked_private(app: AppContext, world: World, ask: Ask) -> None:
    await make_leads(app, world)
    document = f"{{ leads {{ nodes {{ {selection_of('Lead')} }} }} }}"
    mine, theirs = [(await ask(who, document))["leads"]["nodes"] for who in (world.rep, world.colleague)]
    differing = {name for one, other in zip(mine, theirs, strict=True) for name in one if one[name] != other[name]}
    assert differing <= private_fields(Lead)
    assert private_fields(Lead) == {"isFavorite", "allowedActions", "blockedActions"}


async def test_filters_that_differ_between_colleagues_are_marked_private(app: AppContext, world: World, ask: Ask) -> None:
    await make_leads(app, world)
    owner = encode_id("Member", world.rep.member_id)
    asked: dict[str, Any] = {
        **dict.fromkeys(("isMine", "isClaimable", "isHot", "isFavorite", "isTest", "isDeleted"), True),
        "tab": "MARKETPLACE",
        "ownerIds": [owner],
    }
    document = "query($filter: LeadFilter) { leads(filter: $filter) { totalCount } }"
    differing = set()
    for name, value in asked.items():
        mine, theirs = [await ask(who, document, filter={name: value}) for who in (world.rep, world.colleague)]
        differing |= {name} if mine != theirs else set()
    assert differing == private_fields(LeadFilter) == {"isMine", "isFavorite"}


def test_viewer_is_marked_private() -> None:
    assert private_fields(Query) == {"viewer", "savedViews"}
