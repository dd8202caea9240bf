"""Favorites are private to a member."""

from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import favorites
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    dump_tables,
    load_viewer,
    make_won_lead,
)


async def test_a_favorite_is_private_and_has_no_event(app: AppContext, world: World) -> None:
    lead = await make_won_lead(app, world.rep)
    before = await dump_tables(app)
    for _ in range(2):
        await favorites.favorite_lead(app, world.rep, lead)
    await favorites.favorite_lead(app, await load_viewer(app, world.channel), lead)
    marked = await dump_tables(app)
    assert len(marked["favorite"]) == 2
    assert {**marked, "favorite": []} == before
    for who in (world.rep, world.rep, world.channel):
        await favorites.unfavorite_lead(app, who, lead)
    assert await dump_tables(app) == before
