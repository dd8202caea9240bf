"""Selections are cached per operation, field nodes and boolean variables."""

import gc
import json
from itertools import product
from typing import Any

from gql_leads.api.resolving import selections
from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.policy import Policy
from gql_leads.services.app_context import AppContext
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead

TWICE = """
    query Twice($deep: Boolean!, $flat: Boolean = true, $search: String) {
        leads(search: $search) {
            nodes { version @include(if: $flat) ...Person @include(if: $deep) } edges { node { status @skip(if: $deep) } } }
        again: leads { nodes { stage ... on Lead @skip(if: $flat) { partner { name } } } }
    }
    fragment Person on Lead { contact { fullName email @include(if: $flat) } }
"""
OTHER = "query Twice($deep: Boolean!) { leads { nodes { company ...Person @include(if: $deep) } } } fragment Person on Lead { city }"
MANY = "query({}) {{ leads {{ nodes {{ id {} }} }} }}".format(
    " ".join(f"$v{n}: Boolean!" for n in range(8)), " ".join(f"a{n}: version @include(if: $v{n})" for n in range(8))
)


class Server:
    """Keeps its documents, as the one that serves does."""

    def __init__(self, app: AppContext) -> None:
        async def nobody(_token: str, _headers: Any) -> Any:
            raise NotImplementedError

        self._pipeline = Pipeline(schema, Application(authenticate=nobody, context_for=lambda viewer, _: Context(app, viewer)), Policy())

    async def ask(self, viewer: Viewer, document: str, **variables: object) -> Any:
        operation = self._pipeline.admit(Parameters(query=document, variables=variables), viewer, "")
        answer = json.loads((await self._pipeline.execute(operation)).body)
        assert "errors" not in answer, answer
        return answer["data"]


async def test_selections_are_cached_per_boolean_variables(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme)
    server = Server(app)
    for _ in range(2):
        for deep, flat, search in product((True, False), (True, False), ("contoso", None)):
            variables = {"deep": deep, "flat": flat, "search": search}
            assert await server.ask(world.rep, TWICE, **variables) == await ask(world.rep, TWICE, **variables)


async def test_viewers_and_documents_share_no_selection(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app)
    await make_lead(app, partner=world.acme)
    server = Server(app)
    for _ in range(2):
        for viewer, document in product((world.rep, world.rival, world.channel), (TWICE, OTHER)):
            assert await server.ask(viewer, document, deep=True) == await ask(viewer, document, deep=True)


async def test_cached_selections_are_limited_and_freed_with_their_document(app: AppContext, world: World) -> None:
    gc.collect()
    before = set(selections._cache)
    server = Server(app)
    for values in product((True, False), repeat=8):
        await server.ask(world.rep, MANY, **{f"v{n}": value for n, value in enumerate(values)})
    (made,) = set(selections._cache) - before
    assert 0 < len(selections._cache[made][1]) <= selections.MAX_CACHED
    del server
    gc.collect()
    assert made not in selections._cache
