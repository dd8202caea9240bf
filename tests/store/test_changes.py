"""What a change writes."""

from dataclasses import replace
from typing import Any

from gql_leads.domain.lead import Lead
from gql_leads.services.desk import Desk
from gql_leads.store.changes import FOLDED, derived
from gql_leads.store.rows import facts_of
from tests.desks import some_lead


async def test_columns_that_are_made_from_others_follow_every_fact_they_are_made_from(desk: Desk) -> None:
    lead = await some_lead(desk, phone="+33612345678", listing_name="Ledger")

    def changed(name: str) -> Lead:
        different: dict[str, Any] = {name: "Another"}
        return replace(lead, **different)

    followed = {name for name in facts_of(lead) if derived(changed(name)) != derived(lead)}
    assert followed == FOLDED
