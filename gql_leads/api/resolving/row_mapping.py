"""From a row to a lead: for every field, which columns it needs, and how its attribute is made of them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from strawberry.types.lazy_type import LazyType

from gql_leads.api.resolving import field_sources
from gql_leads.api.resolving.connections import row_selection
from gql_leads.api.resolving.field_sources import Fact, Plan, beside, flag, identity, inside, key, plain
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types import lead as types
from gql_leads.api.types import organization as people
from gql_leads.api.types.duplicates import Likeness
from gql_leads.api.types.queues import LeadQueue, queue_facts
from gql_leads.api.values.ids import NOWHERE
from gql_leads.api.values.money import money
from gql_leads.domain.leads import lifecycle, qualification, quality
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import (
    ContactUrgency,
    EmailValidity,
    Lead,
    LeadOutcome,
    LeadSource,
    LeadStage,
    LeadType,
    QualityReasonCode,
    TeamMember,
    full_name,
)
from gql_leads.domain.leads.urgency import urgency
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.rows import EPOCH, Row, as_uuid, from_millis, reader, uuid_or_none

_codes = reader(tuple[QualityReasonCode, ...])
_team = reader(tuple[TeamMember, ...])


def plan(selection: Selection) -> Plan:
    """The plan for what is selected of a lead."""
    return selection.remember(_plan_of_lead)


def plan_of_rows(selection: Selection) -> Plan:
    """The plan for what is selected of the leads of a connection."""
    return plan(row_selection(selection.fields("LeadConnection"), "LeadEdge", selection.nothing()))


def _plan_of_lead(selection: Selection) -> Plan:
    return field_sources.plan(types.Lead, lead_facts(), selection)


def _full_name(row: Row, _: LeadReader) -> str:
    return full_name(row["first_name"], row["last_name"])


def _team_of(row: Row, _: LeadReader) -> list[types.TeamMember]:
    return [types.TeamMember(name=one.name, email=one.email, phone=one.phone, member_id=one.member_id) for one in _team(row["team"]) or ()]


def _quality_reasons(row: Row, _: LeadReader) -> list[types.QualityReason]:
    hidden = quality.FROM_CONTACT if row["contact_hidden"] is not None else frozenset()
    return [types.QualityReason(code=code, message=quality.message(code)) for code in _codes(row["quality_reasons"]) if code not in hidden]


FOR_URGENCY: Final = ("stage", "contact_requested_at")
_STAGES: Final = {stage.value: stage for stage in LeadStage}


def _urgency(row: Row, reader: LeadReader) -> ContactUrgency | None:
    if row["contact_requested_at"] is None:  # most were not asked for
        return None
    return urgency(_STAGES[row["stage"]], from_millis(row["contact_requested_at"]), reader.now, reader.rules.hot_for)


def _likeness(row: Row, _: LeadReader) -> Likeness:
    return Likeness(as_uuid(row["id"]), bool(row["is_reduced"]), row["contact_hidden"] is not None, plan)


STEPS: Final = tuple(qualification.STEPS.values())
FOR_ACTIONS: Final = (
    "stage", "queue_id", "partner_id", "owner_id", "claimed_at", "deleted_at", "is_reduced", *STEPS,
)  # fmt: skip
FOR_CONVERSION: Final = ("company", "first_name", "last_name", "email", "deal_name", "listing_name")
_ANY_LEAD: Final = {
    "reference": "", "type": LeadType.OFFER, "source": LeadSource.API, "last_name": "", "created_at": EPOCH, "updated_at": EPOCH,
}  # fmt: skip


def _for_lifecycle(row: Row) -> Lead:
    """As much of the lead as the lifecycle looks at."""
    uuids = {name: uuid_or_none(row[name]) for name in ("queue_id", "partner_id", "owner_id")}
    instants = {name: None if row[name] is None else EPOCH for name in ("claimed_at", "deleted_at")}
    steps = {name: bool(row[name]) for name in STEPS}
    known: dict[str, Any] = {**_ANY_LEAD, **uuids, **instants, **steps}
    return Lead(id=NOWHERE, stage=LeadStage(row["stage"]), **known)


def _allowed_actions(row: Row, reader: LeadReader) -> list[Any]:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    return list(lifecycle.allowed_actions(reader.viewer, lead, reader.rules, reduced=reduced))


def _blocked_actions(row: Row, reader: LeadReader) -> list[types.BlockedAction]:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    blocked = lifecycle.blocked_actions(reader.viewer, lead, reader.rules, reduced=reduced)
    return [types.BlockedAction(action=action, missing=list(missing)) for action, missing in blocked]


def _is_converted(row: Row, _: LeadReader) -> bool:
    return row["outcome"] == LeadOutcome.CONVERTED.value and row["contact_id"] is not None


def _may_be_converted(row: Row, reader: LeadReader) -> bool:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    return row["contact_hidden"] is None and lifecycle.may_yet(LeadAction.CONVERT, reader.viewer, lead, reduced=reduced)


def _to_convert(row: Row, _: LeadReader) -> Lead:
    """As much of the lead as decides what it would be converted into."""
    said = {name: row[name] for name in FOR_CONVERSION}
    return replace(_for_lifecycle(row), email_validity=EmailValidity(row["email_validity"]), **said)


def _later(name: str) -> type[Any]:
    """A type of the module that needs this one."""
    return LazyType(name, "gql_leads.api.types.conversion").resolve_type()


def _closed(kind: type, outcome: LeadOutcome, at: str, by: str) -> Fact:
    def present(row: Row, _: LeadReader) -> bool:
        return row["outcome"] == outcome.value and row["close_reason"] is not None

    told = {
        "reason": plain("reason", "close_reason"),
        "comment": plain("comment", "close_comment"),
        f"{at}At": plain(f"{at}_at", "archived_at"),
        f"{at}By": beside(by, people.Member, people.member_facts, "closed_by"),
    }
    return inside(kind.__name__.lower(), kind, ("outcome", "close_reason"), present, told)


CONTACT: Final = {
    "firstName": plain("first_name"),
    "lastName": plain("last_name"),
    "fullName": Fact("full_name", ("first_name", "last_name"), make=_full_name),
    "title": plain("title"),
    "email": plain("email"),
    "emailValidity": plain("email_validity"),
    "phone": plain("phone"),
    "phoneValidity": plain("phone_validity"),
}
CONSENT: Final = {
    "toContact": flag("to_contact", "consent_to_contact"),
    "toShare": flag("to_share", "consent_to_share"),
}
DEAL: Final = {
    "name": plain("name", "deal_name"),
    "estimatedValue": Fact(
        "estimated_value", ("deal_minor", "deal_currency"), make=lambda row, _: money(row["deal_minor"], row["deal_currency"])
    ),
    "purchaseTimeframe": plain("purchase_timeframe"),
    "expectedCloseDate": plain("expected_close_date"),
    "campaignCode": plain("campaign_code"),
    "crmId": plain("crm_id"),
    "team": Fact("team", ("team",), make=_team_of),
}
QUALIFICATION: Final = {
    "customerResponded": flag("customer_responded"),
    "budget": flag("budget"),
    "authority": flag("authority"),
    "need": flag("need"),
    "timeline": flag("timeline"),
    "isComplete": Fact("is_complete", STEPS, make=lambda row, _: all(row[name] for name in STEPS)),
    "completedAt": plain("completed_at", "qualified_at"),
}
CONVERSION: Final = {
    "convertedAt": plain("converted_at", "archived_at"),
    "convertedBy": beside("converted_by", people.Member, people.member_facts, "closed_by"),
    "account": key("account_id", "account_id"),
    "contact": key("contact_id", "contact_id"),
    "opportunity": key("opportunity_id", "opportunity_id"),
}
PREVIEW: Final = dict.fromkeys(
    ("accounts", "contacts", "opportunityName"), Fact("of", (*FOR_ACTIONS, "email_validity", *FOR_CONVERSION), make=_to_convert)
)


@cache
def lead_facts() -> Mapping[str, Fact]:
    """A lead. First asked for once the types are there that lead on to others, which lead back to leads."""
    return {
        "id": identity("Lead"),
        "reference": plain("reference"),
        "version": plain("version"),
        "type": plain("type"),
        "source": plain("source"),
        "callToAction": plain("call_to_action"),
        "status": plain("status"),
        "stage": plain("stage"),
        "outcome": plain("outcome"),
        "company": plain("company"),
        "companySize": plain("company_size"),
        "industry": plain("industry"),
        "city": plain("city"),
        "region": plain("region"),
        "country": plain("country"),
        "consent": inside("consent", types.Consent, (), lambda _row, _reading: True, CONSENT),
        "externalReference": plain("external_reference"),
        "contact": inside("contact", types.LeadContact, ("contact_hidden",), lambda row, _: row["contact_hidden"] is None, CONTACT),
        "contactHidden": plain("contact_hidden"),
        "message": plain("message"),
        "listing": beside("listing", people.Listing, people.listing_facts),
        "profile": beside("profile", people.BusinessProfile, people.profile_facts),
        "partner": beside("partner", people.Partner, people.partner_facts),
        "queue": beside("queue", LeadQueue, queue_facts),
        "owner": beside("owner", people.Member, people.member_facts),
        "sender": beside("sender", people.Member, people.member_facts),
        "recipientEmail": plain("recipient_email"),
        "quality": plain("quality"),
        "qualityReasons": Fact("quality_reasons", ("quality_reasons", "contact_hidden"), make=_quality_reasons),
        "contactRequestedAt": plain("contact_requested_at"),
        "contactUrgency": Fact("contact_urgency", FOR_URGENCY, make=_urgency),
        "isHot": Fact("is_hot", FOR_URGENCY, make=lambda row, reader: _urgency(row, reader) is ContactUrgency.HOT),
        "isFavorite": flag("is_favorite"),
        "requiresResponse": flag("requires_response"),
        "expiresAt": plain("expires_at"),
        "isTest": flag("is_test"),
        "deletedAt": plain("deleted_at"),
        "createdAt": plain("created_at"),
        "updatedAt": plain("updated_at"),
        "claimedAt": plain("claimed_at"),
        "acceptedAt": plain("accepted_at"),
        "archivedAt": plain("archived_at"),
        "deal": inside("deal", types.Deal, ("deal_name",), lambda row, _: row["deal_name"] is not None, DEAL),
        "qualification": inside(
            "qualification",
            types.Qualification,
            ("accepted_at", "customer_responded"),
            lambda row, _: row["accepted_at"] is not None and row["customer_responded"] is not None,
            QUALIFICATION,
        ),
        "decline": _closed(types.Decline, LeadOutcome.DECLINED, "declined", "declined_by"),
        "loss": _closed(types.Loss, LeadOutcome.LOST, "lost", "lost_by"),
        "conversion": inside("conversion", _later("Conversion"), ("outcome", "contact_id"), _is_converted, CONVERSION),
        "conversionPreview": inside(
            "conversion_preview", _later("ConversionPreview"), (*FOR_ACTIONS, "contact_hidden"), _may_be_converted, PREVIEW
        ),
        "allowedActions": Fact("allowed_actions", FOR_ACTIONS, make=_allowed_actions),
        "blockedActions": Fact("blocked_actions", FOR_ACTIONS, make=_blocked_actions),
        "duplicates": Fact("likeness", ("id", "is_reduced", "contact_hidden"), make=_likeness),
        "notes": key("uuid", "id"),
        "activities": key("uuid", "id"),
        "campaigns": key("uuid", "id"),
        "timeline": key("uuid", "id"),
    }
