"""Parts of an export: their ends, and their lines of CSV."""

from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import csv_export, lists
from gql_leads.store.leads.csv_expressions import CsvFormat
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Span
from gql_leads.store.sql.projection import Projection
from tests.factories import World
from tests.fixtures import make_lead

QUERY = LeadQuery(sort=(LeadSort(LeadSortField.COMPANY),))
COLUMNS = (("company", CsvFormat.HARMLESS), ("is_test", CsvFormat.FLAG))
PROJECTION = Projection(frozenset({"company", "is_test"}))


async def test_parts_between_their_ends_have_every_line_once(app: AppContext, world: World) -> None:
    for company in ("b", "=1+1", "d", "a", 'c,"x"'):
        await make_lead(app, partner=world.acme, company=company, is_test=company == "a")
    reader = app.reader(world.rep)
    plan = await lists.listed(reader, QUERY)
    first = await csv_export.end_of_part(reader, plan, None, 2)
    second = await csv_export.end_of_part(reader, plan, first, 2)
    assert first is not None
    assert second is not None
    assert await csv_export.end_of_part(reader, plan, second, 2) is None
    spans = (Span(None, first), Span(first, second), Span(second, None))
    assert [b"".join(await csv_export.read_csv(reader, plan, PROJECTION, COLUMNS, span)) for span in spans] == [
        b"'=1+1,false\r\na,true\r\n",
        b'b,false\r\n"c,""x""",false\r\n',
        b"d,false\r\n",
    ]


async def test_part_ends_with_the_list_if_no_more_leads_follow(app: AppContext, world: World) -> None:
    for company in ("a", "b"):
        await make_lead(app, partner=world.acme, company=company)
    reader = app.reader(world.rep)
    plan = await lists.listed(reader, QUERY)
    assert await csv_export.end_of_part(reader, plan, None, 2) is None
    end = await csv_export.end_of_part(reader, plan, None, 1)
    assert end is not None
    assert end[0] == "a"
