"""The account, contact and opportunity of each converted demo lead, and a task for the opportunity."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from gql_leads.domain import conversion
from gql_leads.domain.activities import Activity, ActivityKind
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadOutcome
from gql_leads.domain.opportunities.records import CLOSED, Account, Contact, Opportunity, OpportunityStage

STAGES: Final = tuple(OpportunityStage)


def record_ids(lead: Lead) -> dict[str, UUID]:
    """Return the ids of the records that the lead is converted into, by attribute of the lead."""
    return {name: uuid5(lead.id, name) for name in ("account_id", "contact_id", "opportunity_id")}


def records(lead: Lead) -> tuple[Account, Contact, Opportunity] | None:
    """Return the records of a converted lead, else None; the lead's id determines the opportunity's stage."""
    if lead.outcome is not LeadOutcome.CONVERTED:
        return None
    ids, partner_id, at, owner_id = record_ids(lead), lead.partner_id, lead.archived_at, lead.owner_id
    assert partner_id is not None, "a converted lead was accepted"
    assert owner_id is not None
    assert lead.deal_name is not None
    assert at is not None
    name, is_person = conversion.account_name(lead), lead.company is None
    account = Account(id=ids["account_id"], partner_id=partner_id, name=name, is_person=is_person, created_at=at)
    contact = Contact(id=ids["contact_id"], partner_id=partner_id, last_name=lead.last_name, created_at=at)
    stage = STAGES[lead.id.int % len(STAGES)]
    opportunity = Opportunity(
        id=ids["opportunity_id"],
        partner_id=partner_id,
        name=conversion.opportunity_name(lead.deal_name, name),
        account_id=account.id,
        stage=stage,
        close_reason=CloseReason.CUSTOMER_CHOSE_ANOTHER_VENDOR if stage is OpportunityStage.CLOSED_LOST else None,
        owner_id=owner_id,
        created_at=at,
        updated_at=at,
        closed_at=at if stage in CLOSED else None,
    )
    return (
        conversion.filled_account(account, lead),
        conversion.filled_contact(contact, lead, account.id),
        conversion.filled_opportunity(opportunity, lead, contact.id),
    )


def next_step(opportunity: Opportunity, now: datetime) -> Activity | None:
    """Return the owner's open task for an open opportunity, overdue for some of them; None for a closed one."""
    if opportunity.is_closed:
        return None
    return Activity(
        id=uuid5(opportunity.id, "next step"),
        opportunity_id=opportunity.id,
        partner_id=opportunity.partner_id,
        kind=ActivityKind.TASK,
        subject="Agree on the next step",
        due_at=now + timedelta(days=opportunity.id.int % 8 - 2),
        owner_id=opportunity.owner_id,
        created_at=opportunity.created_at,
    )
