"""From a row to a lead: for every field, which columns and joins it needs, and how its attribute is made of them.

A lead is made without `__init__`, holding what was selected and nothing else; so is every object inside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gql_leads.api import lead as types
from gql_leads.api import organisation as people
from gql_leads.api.duplicates import Likeness
from gql_leads.api.ids import NOWHERE, to_global
from gql_leads.api.money import money
from gql_leads.api.selection import Selection
from gql_leads.domain import lifecycle, qualification, quality
from gql_leads.domain.lead import (
    ContactUrgency,
    Lead,
    LeadOutcome,
    LeadSource,
    LeadStage,
    LeadType,
    QualityReasonCode,
    TeamMember,
    full_name,
)
from gql_leads.domain.urgency import urgency
from gql_leads.store.leads import Reading, Shape
from gql_leads.store.paging import as_uuid
from gql_leads.store.rows import EPOCH, Row, from_millis, reader

Make = Callable[[Row, Reading], Any]

_codes = reader(tuple[QualityReasonCode, ...])
_team = reader(tuple[TeamMember, ...])


@dataclass(frozen=True, slots=True)
class Fact:
    """Where one attribute comes from; an object with facts of its own is None where it is not `present`."""

    attribute: str
    columns: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    make: Make | None = None
    """Where there is none, the attribute is the first column as it is."""
    kind: type | None = None
    facts: Mapping[str, "Fact"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read for a selection, and what to make of each row."""

    shape: Shape
    copied: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, Make], ...]
    kind: type[Any] = types.Lead

    def make(self, row: Row, reading: Reading) -> Any:
        """The object that holds what was selected."""
        instance = object.__new__(self.kind)
        facts = instance.__dict__
        for attribute, column in self.copied:
            facts[attribute] = row[column]
        for attribute, make in self.parts:
            facts[attribute] = make(row, reading)
        return instance


def plan(selection: Selection) -> Plan:
    """The plan for what is selected of a lead."""
    return selection.remember(_plan_of_lead)


def _plan_of_lead(selection: Selection) -> Plan:
    return _plan(types.Lead, "Lead", FACTS, selection)


def _plan(kind: type, name: str, facts: Mapping[str, Fact], selection: Selection) -> Plan:
    columns: set[str] = set()
    joins: set[str] = set()
    copied: dict[str, str] = {}
    parts: dict[str, Make] = {}
    for selected, below in selection.fields(name).items():
        fact = facts.get(selected)
        if fact is None:  # __typename
            continue
        columns.update(fact.columns)
        joins.update(fact.joins)
        if fact.make is None:
            copied[fact.attribute] = fact.columns[0]
        elif fact.kind is None:
            parts[fact.attribute] = fact.make
        else:
            inner = _plan(fact.kind, fact.kind.__name__, fact.facts, below)
            columns |= inner.shape.columns
            joins |= inner.shape.joins
            parts[fact.attribute] = _where(fact.make, inner)
    return Plan(Shape(frozenset(columns), frozenset(joins)), tuple(copied.items()), tuple(parts.items()), kind)


def _where(present: Make, inner: Plan) -> Make:
    return lambda row, reading: inner.make(row, reading) if present(row, reading) else None


def _plain(attribute: str, column: str | None = None) -> Fact:
    return Fact(attribute, (column or attribute,))


def _flag(attribute: str, column: str | None = None) -> Fact:
    name = column or attribute
    return Fact(attribute, (name,), make=lambda row, _: bool(row[name]))


def _object(attribute: str, kind: type, needed: tuple[str, ...], present: Make, facts: Mapping[str, Fact]) -> Fact:
    return Fact(attribute, needed, make=present, kind=kind, facts=facts)


def _beside(attribute: str, make: Callable[[Row, str], Any], join: str | None = None) -> Fact:
    name = join or attribute
    present, prefix = f"{name}_name", f"{name}_"  # `…_id` may be the lead's own column, which is not masked alike
    return Fact(attribute, joins=(name,), make=lambda row, _: None if row[present] is None else make(row, prefix))


def _full_name(row: Row, _: Reading) -> str:
    return full_name(row["first_name"], row["last_name"])


def _team_of(row: Row, _: Reading) -> list[types.TeamMember]:
    return [types.TeamMember(name=one.name, email=one.email, phone=one.phone, member_id=one.member_id) for one in _team(row["team"]) or ()]


def _quality_reasons(row: Row, _: Reading) -> list[types.QualityReason]:
    hidden = quality.FROM_CONTACT if row["contact_hidden"] is not None else frozenset()
    return [types.QualityReason(code=code, message=quality.message(code)) for code in _codes(row["quality_reasons"]) if code not in hidden]


def _profile(row: Row, _: Reading) -> Any:
    return None if row["profile_id"] is None else people.profile(row, "profile_")


FOR_URGENCY: Final = ("stage", "contact_requested_at")
_STAGES: Final = {stage.value: stage for stage in LeadStage}


def _urgency(row: Row, reading: Reading) -> ContactUrgency | None:
    if row["contact_requested_at"] is None:  # most were not asked for
        return None
    return urgency(_STAGES[row["stage"]], from_millis(row["contact_requested_at"]), reading.now, reading.rules.hot_for)


def _likeness(row: Row, _: Reading) -> Likeness:
    return Likeness(as_uuid(row["id"]), bool(row["is_reduced"]), row["contact_hidden"] is not None, plan)


STEPS: Final = tuple(qualification.STEPS.values())
FOR_ACTIONS: Final = (
    "stage", "queue_id", "partner_id", "owner_id", "claimed_at", "deleted_at", "is_reduced", *STEPS,
)  # fmt: skip
_ANY_LEAD: Final = {
    "reference": "", "type": LeadType.OFFER, "source": LeadSource.API, "last_name": "", "created_at": EPOCH, "updated_at": EPOCH,
}  # fmt: skip


def for_lifecycle(row: Row) -> Lead:
    """As much of the lead as the lifecycle looks at."""
    uuids = {name: None if row[name] is None else as_uuid(row[name]) for name in ("queue_id", "partner_id", "owner_id")}
    instants = {name: None if row[name] is None else EPOCH for name in ("claimed_at", "deleted_at")}
    steps = {name: bool(row[name]) for name in STEPS}
    facts: dict[str, Any] = {**_ANY_LEAD, **uuids, **instants, **steps}
    return Lead(id=NOWHERE, stage=LeadStage(row["stage"]), **facts)


def _allowed_actions(row: Row, reading: Reading) -> list[Any]:
    lead, reduced = for_lifecycle(row), bool(row["is_reduced"])
    return list(lifecycle.allowed_actions(reading.viewer, lead, reading.rules, reduced=reduced))


def _blocked_actions(row: Row, reading: Reading) -> list[types.BlockedAction]:
    lead, reduced = for_lifecycle(row), bool(row["is_reduced"])
    blocked = lifecycle.blocked_actions(reading.viewer, lead, reading.rules, reduced=reduced)
    return [types.BlockedAction(action=action, missing=list(missing)) for action, missing in blocked]


def _closed(kind: type, outcome: LeadOutcome, at: str, by: str) -> Fact:
    def present(row: Row, _: Reading) -> bool:
        return row["outcome"] == outcome.value and row["close_reason"] is not None

    facts = {
        "reason": _plain("reason", "close_reason"),
        "comment": _plain("comment", "close_comment"),
        f"{at}At": _plain(f"{at}_at", "archived_at"),
        f"{at}By": _beside(by, people.member, "closed_by"),
    }
    return _object(kind.__name__.lower(), kind, ("outcome", "close_reason"), present, facts)


CONTACT: Final = {
    "firstName": _plain("first_name"),
    "lastName": _plain("last_name"),
    "fullName": Fact("full_name", ("first_name", "last_name"), make=_full_name),
    "title": _plain("title"),
    "email": _plain("email"),
    "emailValidity": _plain("email_validity"),
    "phone": _plain("phone"),
    "phoneValidity": _plain("phone_validity"),
}
CONSENT: Final = {
    "toContact": _flag("to_contact", "consent_to_contact"),
    "toShare": _flag("to_share", "consent_to_share"),
}
DEAL: Final = {
    "name": _plain("name", "deal_name"),
    "estimatedValue": Fact(
        "estimated_value", ("deal_minor", "deal_currency"), make=lambda row, _: money(row["deal_minor"], row["deal_currency"])
    ),
    "purchaseTimeframe": _plain("purchase_timeframe"),
    "expectedCloseDate": _plain("expected_close_date"),
    "campaignCode": _plain("campaign_code"),
    "crmId": _plain("crm_id"),
    "team": Fact("team", ("team",), make=_team_of),
}
QUALIFICATION: Final = {
    "customerResponded": _flag("customer_responded"),
    "budget": _flag("budget"),
    "authority": _flag("authority"),
    "need": _flag("need"),
    "timeline": _flag("timeline"),
    "isComplete": Fact("is_complete", STEPS, make=lambda row, _: all(row[name] for name in STEPS)),
    "completedAt": _plain("completed_at", "qualified_at"),
}
FACTS: Final[dict[str, Fact]] = {
    "id": Fact("id", ("id",), make=lambda row, _: to_global("Lead", row["id"])),
    "reference": _plain("reference"),
    "version": _plain("version"),
    "type": _plain("type"),
    "source": _plain("source"),
    "callToAction": _plain("call_to_action"),
    "status": _plain("status"),
    "stage": _plain("stage"),
    "outcome": _plain("outcome"),
    "company": _plain("company"),
    "companySize": _plain("company_size"),
    "industry": _plain("industry"),
    "city": _plain("city"),
    "region": _plain("region"),
    "country": _plain("country"),
    "consent": _object("consent", types.Consent, (), lambda _row, _reading: True, CONSENT),
    "externalReference": _plain("external_reference"),
    "contact": _object("contact", types.LeadContact, ("contact_hidden",), lambda row, _: row["contact_hidden"] is None, CONTACT),
    "contactHidden": _plain("contact_hidden"),
    "message": _plain("message"),
    "listing": _beside("listing", people.listing),
    "profile": Fact("profile", joins=("profile",), make=_profile),
    "partner": _beside("partner", people.partner),
    "queue": _beside("queue", people.queue),
    "owner": _beside("owner", people.member),
    "sender": _beside("sender", people.member),
    "recipientEmail": _plain("recipient_email"),
    "quality": _plain("quality"),
    "qualityReasons": Fact("quality_reasons", ("quality_reasons", "contact_hidden"), make=_quality_reasons),
    "contactRequestedAt": _plain("contact_requested_at"),
    "contactUrgency": Fact("contact_urgency", FOR_URGENCY, make=_urgency),
    "isHot": Fact("is_hot", FOR_URGENCY, make=lambda row, reading: _urgency(row, reading) is ContactUrgency.HOT),
    "isFavorite": _flag("is_favorite"),
    "requiresResponse": _flag("requires_response"),
    "expiresAt": _plain("expires_at"),
    "isTest": _flag("is_test"),
    "deletedAt": _plain("deleted_at"),
    "createdAt": _plain("created_at"),
    "updatedAt": _plain("updated_at"),
    "claimedAt": _plain("claimed_at"),
    "acceptedAt": _plain("accepted_at"),
    "archivedAt": _plain("archived_at"),
    "deal": _object("deal", types.Deal, ("deal_name",), lambda row, _: row["deal_name"] is not None, DEAL),
    "qualification": _object(
        "qualification",
        types.Qualification,
        ("accepted_at", "customer_responded"),
        lambda row, _: row["accepted_at"] is not None and row["customer_responded"] is not None,
        QUALIFICATION,
    ),
    "decline": _closed(types.Decline, LeadOutcome.DECLINED, "declined", "declined_by"),
    "loss": _closed(types.Loss, LeadOutcome.LOST, "lost", "lost_by"),
    "allowedActions": Fact("allowed_actions", FOR_ACTIONS, make=_allowed_actions),
    "blockedActions": Fact("blocked_actions", FOR_ACTIONS, make=_blocked_actions),
    "duplicates": Fact("likeness", ("id", "is_reduced", "contact_hidden"), make=_likeness),
    "notes": Fact("uuid", ("id",), make=lambda row, _: as_uuid(row["id"])),
    "activities": Fact("uuid", ("id",), make=lambda row, _: as_uuid(row["id"])),
    "campaigns": Fact("uuid", ("id",), make=lambda row, _: as_uuid(row["id"])),
    "timeline": Fact("uuid", ("id",), make=lambda row, _: as_uuid(row["id"])),
}
"""Every field of a lead: `conversion` adds its own, because it leads on to objects that lead back here."""
