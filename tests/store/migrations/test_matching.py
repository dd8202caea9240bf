"""The migration to today's folding rules refolds what is stored, and keeps unique keys unique."""

from typing import Any, Final
from uuid import UUID

from gql_leads.domain.commands import Conversion
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import make_lead, make_qualified_lead, make_queue, migrate_to

BEFORE: Final = "0009_grams_apart"
OLD_KEYS: Final = (
    "UPDATE lead SET last_name_key = 'i̇nci', search_open = 'łódź', search_person = 'işıl i̇nci', phone_key = NULL, person_key = NULL",
    "UPDATE account SET name_key = 'łódź', company_key = 'old', domain = 'hotmail.be'",
    "UPDATE member SET name_key = 'old'",
)
KEYS: Final = (
    "last_name_key", "company_key", "company_search", "company_match", "company_form", "company_rest", "phone_key", "phone_local",
    "person_key", "search_open", "search_person",
)  # fmt: skip


async def find(app: AppContext, world: World, term: str) -> set[UUID]:
    """Search the leads."""
    page = await lists.page(app.reader(world.channel), LeadQuery(search=term), Projection(frozenset({"id"})), Window(10))
    return {as_uuid(row["id"]) for row in page.rows}


async def read_keys(app: AppContext) -> list[tuple[Any, ...]]:
    """Read the derived columns of every lead and member."""
    leads = await app.database.writing.fetch("SELECT * FROM lead ORDER BY id")
    members = await app.database.writing.fetch("SELECT * FROM member ORDER BY id")
    return [
        *(tuple(row[name] for name in KEYS) for row in leads),
        *((row["name_key"], row["email_key"], row["search_text"]) for row in members),
    ]


async def test_what_was_folded_by_older_rules_is_refolded(app: AppContext, world: World) -> None:
    facts: dict[str, Any] = {"first_name": "Işıl", "last_name": "İnci", "company": "Łódź Sp. z o.o.", "phone": "+1 425 555 0181 x12"}
    leads = {await make_lead(app, partner=world.acme, **facts) for _ in range(2)}
    leads.add((await convert_lead(app, world.rep, await make_qualified_lead(app, world.rep, **facts), Conversion())).lead_id)
    expected = await read_keys(app)
    await migrate_to(app.database, BEFORE)
    for statement in OLD_KEYS:
        await app.database.writing.execute(statement)
    await migrate_to(app.database)
    assert await read_keys(app) == expected
    for term in ("isil inci", "inci ışıl", "lodz"):
        assert await find(app, world, term) == leads
    account = await app.database.writing.fetch_one("SELECT company_key, domain, search_text FROM account")
    assert account is not None
    assert (account["company_key"], account["domain"], account["search_text"]) == ("łódź", None, "lodz sp. z o.o.")


async def test_a_row_whose_new_key_is_taken_keeps_its_old_one(app: AppContext, world: World) -> None:
    queues = [await make_queue(app, name) for name in ("Depot", "Lager")]
    await migrate_to(app.database, BEFORE)
    await app.database.writing.execute("UPDATE lead_queue SET name = 'DEPOT', name_key = 'old' WHERE id = ?", queues[1])
    await migrate_to(app.database)
    rows = await app.database.writing.fetch("SELECT id, name_key FROM lead_queue WHERE NOT is_general")
    assert {as_uuid(row["id"]): row["name_key"] for row in rows} == dict(zip(queues, ("depot", "old"), strict=True))
