"""The field sources of `Lead` and of the objects inside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from gql_leads.api.resolving import row_mapping
from gql_leads.api.resolving.relay_connections import row_selection
from gql_leads.api.resolving.row_mapping import FieldSource, RowMapper, boolean, column, embedded, global_id, joined, uuid_column
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types import organization as people
from gql_leads.api.types.leads import lead as types
from gql_leads.api.types.leads.duplicates import DuplicateQuery
from gql_leads.api.types.queues import queue_sources
from gql_leads.api.values.ids import NO_OBJECT
from gql_leads.api.values.money import money
from gql_leads.domain.attributes import defaults_of
from gql_leads.domain.leads import lifecycle, qualification, quality
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import (
    ATTRIBUTES,
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


def lead_mapper(selection: Selection) -> RowMapper:
    """Return the mapper of the selected fields of a lead; it is created once per selection."""
    return selection.memoized(_new_lead_mapper)


def lead_rows_mapper(selection: Selection) -> RowMapper:
    """Return the mapper of the lead fields that are selected below a connection."""
    return lead_mapper(row_selection(selection.fields("LeadConnection"), "LeadEdge", selection.nothing()))


def _new_lead_mapper(selection: Selection) -> RowMapper:
    return row_mapping.row_mapper(types.Lead, LEAD, selection)


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
    if row["contact_requested_at"] is None:
        return None
    return urgency(_STAGES[row["stage"]], from_millis(row["contact_requested_at"]), reader.now, reader.rules.hot_for)


def _duplicate_query(row: Row, _: LeadReader) -> DuplicateQuery:
    return DuplicateQuery(as_uuid(row["id"]), bool(row["is_reduced"]), row["contact_hidden"] is not None, lead_mapper)


STEPS: Final = tuple(qualification.STEPS.values())
FOR_ACTIONS: Final = (
    "stage", "outcome", "queue_id", "partner_id", "owner_id", "claimed_at", "deleted_at", "is_reduced", *STEPS,
)  # fmt: skip
FOR_CONVERSION: Final = ("company", "first_name", "last_name", "email", "deal_name", "listing_name")
_PLACEHOLDERS: Final = {
    "reference": "", "type": LeadType.OFFER, "source": LeadSource.API, "last_name": "", "created_at": EPOCH, "updated_at": EPOCH,
}  # fmt: skip


def _for_lifecycle(row: Row) -> Lead:
    """Return a lead with the attributes that the lifecycle reads; all others are placeholders."""
    uuids = {name: uuid_or_none(row[name]) for name in ("queue_id", "partner_id", "owner_id")}
    instants = {name: None if row[name] is None else EPOCH for name in ("claimed_at", "deleted_at")}
    steps = {name: bool(row[name]) for name in STEPS}
    known: dict[str, Any] = {**_PLACEHOLDERS, **uuids, **instants, **steps}
    outcome = None if row["outcome"] is None else LeadOutcome(row["outcome"])
    return Lead(id=NO_OBJECT, stage=LeadStage(row["stage"]), outcome=outcome, **known)


def _allowed_actions(row: Row, reader: LeadReader) -> list[Any]:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    return list(lifecycle.allowed_actions(reader.viewer, lead, reader.rules, reduced=reduced))


def _blocked_actions(row: Row, reader: LeadReader) -> list[types.BlockedAction]:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    blocked = lifecycle.blocked_actions(reader.viewer, lead, reader.rules, reduced=reduced)
    return [types.BlockedAction(action=action, missing=list(missing)) for action, missing in blocked]


def _is_converted(row: Row, _: LeadReader) -> bool:
    return row["outcome"] == LeadOutcome.CONVERTED.value and row["contact_id"] is not None


def _may_convert(row: Row, reader: LeadReader) -> bool:
    lead, reduced = _for_lifecycle(row), bool(row["is_reduced"])
    return row["contact_hidden"] is None and lifecycle.may_act_now_or_later(LeadAction.CONVERT, reader.viewer, lead, reduced=reduced)


def _to_convert(row: Row, _: LeadReader) -> Lead:
    """Return a lead with the attributes that decide into which records it is converted."""
    known = {name: row[name] for name in FOR_CONVERSION}
    return replace(_for_lifecycle(row), email_validity=EmailValidity(row["email_validity"]), **known)


def _closed(attribute: str, outcome: LeadOutcome, at: str, by: str) -> FieldSource:
    def is_present(row: Row, _: LeadReader) -> bool:
        return row["outcome"] == outcome.value and row["close_reason"] is not None

    sources = {
        "reason": column("reason", "close_reason"),
        "comment": column("comment", "close_comment"),
        f"{at}At": column(f"{at}_at", "archived_at"),
        f"{at}By": joined(by, people.member_sources, "closed_by"),
    }
    return embedded(attribute, ("outcome", "close_reason"), is_present, sources)


CONTACT: Final = {
    "firstName": column("first_name"),
    "lastName": column("last_name"),
    "fullName": FieldSource("full_name", ("first_name", "last_name"), make=_full_name),
    "title": column("title"),
    "email": column("email"),
    "emailValidity": column("email_validity"),
    "phone": column("phone"),
    "phoneValidity": column("phone_validity"),
}
CONSENT: Final = {
    "toContact": boolean("to_contact", "consent_to_contact"),
    "toShare": boolean("to_share", "consent_to_share"),
}
DEAL: Final = {
    "name": column("name", "deal_name"),
    "estimatedValue": FieldSource(
        "estimated_value", ("deal_minor", "deal_currency"), make=lambda row, _: money(row["deal_minor"], row["deal_currency"])
    ),
    "purchaseTimeframe": column("purchase_timeframe"),
    "expectedCloseDate": column("expected_close_date"),
    "campaignCode": column("campaign_code"),
    "crmId": column("crm_id"),
    "team": FieldSource("team", ("team",), make=_team_of),
}
QUALIFICATION: Final = {
    "customerResponded": boolean("customer_responded"),
    "budget": boolean("budget"),
    "authority": boolean("authority"),
    "need": boolean("need"),
    "timeline": boolean("timeline"),
    "isComplete": FieldSource("is_complete", STEPS, make=lambda row, _: all(row[name] for name in STEPS)),
    "completedAt": column("completed_at", "qualified_at"),
}
CONVERSION: Final = {
    "convertedAt": column("converted_at", "archived_at"),
    "convertedBy": joined("converted_by", people.member_sources, "closed_by"),
    "account": uuid_column("account_id", "account_id"),
    "contact": uuid_column("contact_id", "contact_id"),
    "opportunity": uuid_column("opportunity_id", "opportunity_id"),
}
PREVIEW: Final = dict.fromkeys(
    ("accounts", "contacts", "opportunityName"), FieldSource("lead", (*FOR_ACTIONS, "email_validity", *FOR_CONVERSION), make=_to_convert)
)


def _attribute_sources() -> dict[str, FieldSource]:
    """Return the sources of the fields that have the name of an attribute of Lead, and no resolver."""
    declared = types.Lead.__strawberry_definition__.fields  # type: ignore[attr-defined]
    names = [one.python_name for one in declared if one.base_resolver is None and one.python_name in ATTRIBUTES]
    return {to_camel_case(name): boolean(name) if isinstance(defaults_of(Lead).get(name), bool) else column(name) for name in names}


LEAD: Final[Mapping[str, FieldSource]] = {
    **_attribute_sources(),
    "id": global_id("Lead"),
    "consent": embedded("consent", (), lambda _row, _reader: True, CONSENT),
    "contact": embedded("contact", ("contact_hidden",), lambda row, _: row["contact_hidden"] is None, CONTACT),
    "contactHidden": column("contact_hidden"),
    "listing": joined("listing", people.listing_sources),
    "listingTitle": column("listing_title", "listing_name"),
    "profile": joined("profile", people.profile_sources),
    "partner": joined("partner", people.partner_sources),
    "queue": joined("queue", queue_sources),
    "owner": joined("owner", people.member_sources),
    "sender": joined("sender", people.member_sources),
    "qualityReasons": FieldSource("quality_reasons", ("quality_reasons", "contact_hidden"), make=_quality_reasons),
    "contactUrgency": FieldSource("contact_urgency", FOR_URGENCY, make=_urgency),
    "isHot": FieldSource("is_hot", FOR_URGENCY, make=lambda row, reader: _urgency(row, reader) is ContactUrgency.HOT),
    "isFavorite": boolean("is_favorite"),
    "deal": embedded("deal", ("deal_name",), lambda row, _: row["deal_name"] is not None, DEAL),
    "qualification": embedded(
        "qualification",
        ("accepted_at", "customer_responded"),
        lambda row, _: row["accepted_at"] is not None and row["customer_responded"] is not None,
        QUALIFICATION,
    ),
    "decline": _closed("decline", LeadOutcome.DECLINED, "declined", "declined_by"),
    "loss": _closed("loss", LeadOutcome.LOST, "lost", "lost_by"),
    "conversion": embedded("conversion", ("outcome", "contact_id"), _is_converted, CONVERSION),
    "conversionPreview": embedded("conversion_preview", (*FOR_ACTIONS, "contact_hidden"), _may_convert, PREVIEW),
    "allowedActions": FieldSource("allowed_actions", FOR_ACTIONS, make=_allowed_actions),
    "blockedActions": FieldSource("blocked_actions", FOR_ACTIONS, make=_blocked_actions),
    "duplicates": FieldSource("duplicate_query", ("id", "is_reduced", "contact_hidden"), make=_duplicate_query),
    "duplicateOf": uuid_column("duplicate_of_id", "duplicate_of_id"),
    "notes": uuid_column("uuid", "id"),
    "activities": uuid_column("uuid", "id"),
    "campaigns": uuid_column("uuid", "id"),
    "timeline": uuid_column("uuid", "id"),
}
