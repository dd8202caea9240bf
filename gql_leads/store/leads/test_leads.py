"""Find and lock the test leads to delete."""

from collections.abc import Sequence
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lists
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork


async def test_leads(connection: Connection, viewer: Viewer, partner_id: UUID | None) -> list[UUID]:
    """Return the ids of test leads that the viewer sees; of one partner if given."""
    return await lists.ids(connection, _tests(viewer, partner_id))


async def lock_test_leads(uow: UnitOfWork, ids: Sequence[UUID], partner_id: UUID | None) -> list[LockedLead]:
    """Lock those of the leads that still are visible test leads."""
    still = all_of(is_one_of("l.id", ids), _tests(uow.actor, partner_id))
    return await uow.lock_some(still, "ORDER BY l.id", len(ids))


def _tests(viewer: Viewer, partner_id: UUID | None) -> Sql:
    held_by = TRUE if partner_id is None else Sql("l.partner_id = ?", (partner_id,))
    return all_of(access_policy.visible_to(viewer), held_by, Sql("l.is_test"))
