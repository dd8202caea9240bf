"""Responsiveness of partners, counted for many partners by one statement.

As in reports, deleted leads stay counted for the vendor and are invisible to a partner. Raw SQL because medians need window functions
(`make bench`, analytics).
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from gql_leads.domain.reports.responsiveness import Responsiveness
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.reports.columns import COUNTED
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of
from gql_leads.store.sql.rows import as_uuid

MILLIS_PER_HOUR: Final = 3_600_000

_ANSWERED = "COALESCE(l.accepted_at, CASE WHEN l.outcome = 'DECLINED' THEN l.archived_at END)"
# The others count nowhere, and ranking them would take as long again.
_ENDED = "(l.accepted_at IS NOT NULL OR l.outcome IN ('DECLINED', 'EXPIRED'))"
# With an odd number of answers, both middle places are the same one.
_MEDIAN = f"avg(CASE WHEN place IN ((timed + 1) / 2, (timed + 2) / 2) THEN took END) / {MILLIS_PER_HOUR}.0"


async def of_partners(connection: Connection, viewer: Viewer, partners: Collection[UUID]) -> dict[UUID, Responsiveness]:
    """Return the figures of partners that the viewer may know: the vendor all, a partner its own."""
    known = TRUE if viewer.is_vendor else all_of(access_policy.PRESENT, Sql("l.partner_id = ?", (viewer.partner_id,)))
    leads = (
        f"SELECT l.partner_id, l.accepted_at, l.outcome, {_ANSWERED} - l.reached_at AS took FROM lead l WHERE "
        + all_of(known, is_one_of("l.partner_id", partners), COUNTED, Sql(_ENDED))
    )  # fmt: skip
    ranked = (
        "SELECT partner_id, accepted_at, outcome, took, count(took) OVER (PARTITION BY partner_id) AS timed,"
        " row_number() OVER (PARTITION BY partner_id ORDER BY took IS NULL, took) AS place FROM (" + leads + ") AS had"
    )
    statement = (
        "SELECT partner_id, count(accepted_at) AS accepted, count(CASE WHEN outcome = 'DECLINED' THEN 1 END) AS declined,"
        f" count(CASE WHEN outcome = 'EXPIRED' THEN 1 END) AS expired, CAST({_MEDIAN} AS DOUBLE PRECISION) AS median FROM ("
        + ranked
        + ") AS ranked GROUP BY partner_id"
    )
    rows = await connection.fetch(statement)
    counted = {as_uuid(row["partner_id"]): Responsiveness(row["accepted"], row["declined"], row["expired"], row["median"]) for row in rows}
    return {one: counted.get(one, Responsiveness()) for one in partners if viewer.is_vendor or one == viewer.partner_id}
