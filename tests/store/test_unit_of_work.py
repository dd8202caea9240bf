"""What a change writes."""

from dataclasses import replace
from typing import Any

from gql_leads.domain.leads.lead import Lead
from gql_leads.services.app_context import AppContext
from gql_leads.store.sql.rows import attributes_of
from gql_leads.store.unit_of_work import FOLDED, derived
from tests.fixtures import build_lead


async def test_columns_that_are_made_from_others_follow_every_fact_they_are_made_from(app: AppContext) -> None:
    lead = await build_lead(app, phone="06 12 34 56 78", country="FR", listing_name="Ledger")

    def changed(name: str) -> Lead:
        different: dict[str, Any] = {name: "Another"}
        return replace(lead, **different)

    followed = {name for name in attributes_of(lead) if derived(changed(name)) != derived(lead)}
    assert followed == FOLDED
