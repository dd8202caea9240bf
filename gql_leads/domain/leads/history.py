"""What the timeline says of a change: which fields, from what to what, under the names the API gives them."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from operator import attrgetter

from gql_leads.domain.leads.lead import Lead, LeadOutcome, TeamMember
from gql_leads.domain.money import Money


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as text. Holders are told by id: their names are read when the entry is, by who may know them."""

    field: str
    before: str | None
    after: str | None


AUDITED_FIELDS = {
    "type": "type",
    "status": "status",
    "stage": "stage",
    "outcome": "outcome",
    "first_name": "contact.firstName",
    "last_name": "contact.lastName",
    "title": "contact.title",
    "email": "contact.email",
    "email_validity": "contact.emailValidity",
    "phone": "contact.phone",
    "phone_validity": "contact.phoneValidity",
    "company": "company",
    "company_size": "companySize",
    "industry": "industry",
    "city": "city",
    "region": "region",
    "country": "country",
    "message": "message",
    "consent_to_contact": "consent.toContact",
    "consent_to_share": "consent.toShare",
    "quality": "quality",
    "partner_id": "partner",
    "queue_id": "queue",
    "owner_id": "owner",
    "deal_name": "deal.name",
    "purchase_timeframe": "deal.purchaseTimeframe",
    "expected_close_date": "deal.expectedCloseDate",
    "campaign_code": "deal.campaignCode",
    "crm_id": "deal.crmId",
    "team": "deal.team",
    "customer_responded": "qualification.customerResponded",
    "budget": "qualification.budget",
    "authority": "qualification.authority",
    "need": "qualification.need",
    "timeline": "qualification.timeline",
}
"""Facts of a lead that the timeline tells, under their path in the API."""
_told = attrgetter(*AUDITED_FIELDS)


def differences(before: Lead, after: Lead) -> tuple[FieldChange, ...]:
    """The told fields that differ."""
    changes = [
        FieldChange(name, _text(old), _text(new))
        for name, old, new in zip(AUDITED_FIELDS.values(), _told(before), _told(after), strict=True)
        if old is not new and old != new
    ]
    if _value(before) != _value(after):
        changes.append(FieldChange("deal.estimatedValue", _value(before), _value(after)))
    closing = "decline" if after.outcome is LeadOutcome.DECLINED else "loss"
    for attribute, name in (("close_reason", "reason"), ("close_comment", "comment")):
        if getattr(before, attribute) != getattr(after, attribute):
            changes.append(FieldChange(f"{closing}.{name}", None, _text(getattr(after, attribute))))
    return tuple(changes)


def _value(lead: Lead) -> str | None:
    if lead.deal_minor is None or lead.deal_currency is None:
        return None
    return f"{Money(lead.deal_minor, lead.deal_currency).text} {lead.deal_currency}"


def _text(value: object) -> str | None:
    match value:
        case None | ():
            return None
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(one.name if isinstance(one, TeamMember) else str(one) for one in value)
        case _:
            return str(value)
