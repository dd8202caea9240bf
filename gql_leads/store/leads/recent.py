"""Leads that the viewer acted on recently, read from the timelines; reading them writes nothing.

Raw SQL because the page is read by walking an index backward (`make bench`, analytics).
"""

from typing import Final

from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.builder import Sql, all_of
from gql_leads.store.sql.pagination import Key, Page, Select, Window, read_page
from gql_leads.store.sql.projection import Projection

LAST_FIRST: Final = (Key("t.id", descending=True),)
SOURCE: Final = "FROM timeline_entry t JOIN lead l ON l.id = t.lead_id"
# Walk the entries of the actor from the newest, so that a page reads only its own entries and those it skips. The subquery looks for later
# entries by lead: written as a plain join, SQLite would read all entries of the actor.
IS_LAST: Final = (
    "t.actor_id = ? AND NOT EXISTS (SELECT 1 FROM timeline_entry later WHERE later.lead_id = t.lead_id AND later.id > t.id"
    " AND CASE WHEN later.actor_id = t.actor_id THEN TRUE ELSE FALSE END)"
)


async def page(reader: LeadReader, projection: Projection, window: Window) -> Page:
    """Read one page of leads, each once, ordered by the viewer's last action."""
    viewer = reader.viewer
    where = all_of(access_policy.visible_to(viewer), Sql(IS_LAST, (viewer.member_id,)))
    select = Select(lists.columns(reader, projection), SOURCE + lists.joins(viewer, projection), where, LAST_FIRST)
    return await read_page(reader.connection, select, window)


def acted_on(viewer: Viewer) -> Sql:
    """Return the condition for these leads, to count them."""
    return Sql("l.id IN (SELECT t.lead_id FROM timeline_entry t WHERE t.actor_id = ?)", (viewer.member_id,))
