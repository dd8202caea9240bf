"""Presence of opportunities in streams, and sentences of their history."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from gql_leads.domain.events import Presence
from gql_leads.domain.leads.filters import Interval
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunityEventKind, presence, snapshot
from gql_leads.domain.opportunities.history import differences, kind_of, summary
from gql_leads.domain.opportunities.records import ALL, Opportunity, OpportunityFilter, OpportunityStage
from gql_leads.domain.viewer import MemberRole
from tests.domain.facts import GLOBEX, NOW, a_viewer

REP = a_viewer(MemberRole.SALES_REP)
RIVAL, ADMIN, SELLER = a_viewer(MemberRole.SALES_REP, partner=GLOBEX), a_viewer(MemberRole.ADMINISTRATOR), a_viewer(MemberRole.SELLER)
STAGE, KIND = OpportunityStage, OpportunityEventKind
ACCOUNT = UUID(int=7)
assert REP.partner_id is not None
OPEN = Opportunity(
    id=UUID(int=1), partner_id=REP.partner_id, name="Ledger", account_id=ACCOUNT, owner_id=REP.member_id, created_at=NOW, updated_at=NOW
)


def event(before: Opportunity | None, after: Opportunity, kind: OpportunityEventKind = KIND.CHANGED) -> OpportunityEvent:
    return OpportunityEvent(
        opportunity_id=after.id, kind=kind, occurred_at=NOW, actor_id=None, actor_partner_id=None,
        before=None if before is None else snapshot(before), after=snapshot(after),
    )  # fmt: skip


def test_only_its_partner_and_the_vendors_managers_get_an_event() -> None:
    for before, expected in ((None, Presence.ENTERED), (OPEN, Presence.CHANGED)):
        found = [presence(ALL, who, event(before, OPEN)) for who in (REP, ADMIN, RIVAL, SELLER)]
        assert found == [expected, expected, None, None]


@pytest.mark.parametrize(
    ("asked", "outside"),
    [
        (OpportunityFilter(is_mine=True), {"owner_id": UUID(int=9)}),
        (OpportunityFilter(owner_ids=(REP.member_id,)), {"owner_id": UUID(int=9)}),
        (OpportunityFilter(stages=(STAGE.PROSPECTING,)), {"stage": STAGE.CLOSED_WON}),
        (OpportunityFilter(account_ids=(ACCOUNT,)), {"account_id": UUID(int=9)}),
        (OpportunityFilter(updated_at=Interval(None, NOW + timedelta(seconds=1))), {"updated_at": NOW + timedelta(seconds=1)}),
    ],
)
def test_an_opportunity_enters_and_leaves_a_list_by_its_filter(asked: OpportunityFilter, outside: dict[str, object]) -> None:
    other = replace(OPEN, **outside)  # type: ignore[arg-type]
    found = [presence(asked, REP, event(*pair)) for pair in ((OPEN, OPEN), (OPEN, other), (other, OPEN), (other, other), (None, other))]
    assert found == [Presence.CHANGED, Presence.LEFT, Presence.ENTERED, None, None]


def test_a_partner_filter_and_an_empty_list() -> None:
    assert presence(OpportunityFilter(partner_ids=(OPEN.partner_id,)), ADMIN, event(None, OPEN)) is Presence.ENTERED
    assert presence(OpportunityFilter(partner_ids=()), ADMIN, event(None, OPEN)) is None


def test_closing_is_one_kind_and_summaries_are_sentences() -> None:
    proposal = replace(OPEN, stage=STAGE.PROPOSAL, amount_minor=1250, amount_currency="EUR")
    for after, kind, text in (
        (proposal, KIND.STAGE_CHANGED, "Stage changed to proposal by Rita."),
        (replace(proposal, stage=STAGE.CLOSED_WON), KIND.WON, "Closed as won by Rita."),
        (replace(proposal, stage=STAGE.CLOSED_LOST), KIND.LOST, "Closed as lost by Rita."),
        (replace(OPEN, name="New"), KIND.CHANGED, "Changed by Rita."),
    ):
        assert kind_of(OPEN, after) is kind
        assert summary(kind, differences(OPEN, after), "Rita") == text
    assert differences(OPEN, proposal) == [FieldChange("stage", "PROSPECTING", "PROPOSAL"), FieldChange("amount", None, "12.50 EUR")]
    assert all(summary(kind, (), None).endswith(".") for kind in KIND)
