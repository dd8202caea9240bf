"""The leads that the viewer did something with, told from their timelines: reading them writes nothing."""

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
# Walked from the newest entry on, so that a page needs no more than the entries it shows and those it passes over. Later entries are looked
# for among the lead's: said plainly, the second condition has SQLite go through all that the actor ever did.
IS_LAST: Final = (
    "t.actor_id = ? AND NOT EXISTS (SELECT 1 FROM timeline_entry later WHERE later.lead_id = t.lead_id AND later.id > t.id"
    " AND CASE WHEN later.actor_id = t.actor_id THEN TRUE ELSE FALSE END)"
)


async def page(reader: LeadReader, projection: Projection, window: Window) -> Page:
    """One page of them, each once: first the one that was acted on last."""
    viewer = reader.viewer
    where = all_of(access_policy.visible_to(viewer), Sql(IS_LAST, (viewer.member_id,)))
    select = Select(lists.columns(reader, projection), SOURCE + lists.joins(viewer, projection), where, LAST_FIRST)
    return await read_page(reader.connection, select, window)


def acted_on(viewer: Viewer) -> Sql:
    """Which leads `l` they are, to be counted."""
    return Sql("l.id IN (SELECT t.lead_id FROM timeline_entry t WHERE t.actor_id = ?)", (viewer.member_id,))
