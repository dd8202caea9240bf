"""New leads from imported rows: entered by a partner's member, routed by the vendor, or as they were exported."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.leads import expiry, quality
from gql_leads.domain.leads.erasure import ERASED
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import (
    INFORMATIONAL_CALLS,
    CallToAction,
    Lead,
    LeadOutcome,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
)
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.routing import BY_LISTING, Rule, apply_rules, routed_by
from gql_leads.domain.values.text_folding import fold
from gql_leads.services.imports.rows import Row, RowParser
from gql_leads.services.leads.contact_details import assess_lead
from gql_leads.store import queues, routing
from gql_leads.store.campaigns import Campaign
from gql_leads.store.intake.imports import lookups
from gql_leads.store.intake.imports.lookups import ListingRow, MemberRow, PartnerRow
from gql_leads.store.unit_of_work import UnitOfWork

F = LeadImportField
_NAMES: Final = (F.PARTNER, F.QUEUE, F.OWNER_EMAIL, F.LISTING_NAME, F.CAMPAIGN_CODE)


@dataclass(frozen=True, slots=True)
class Names:
    """The objects that the names in a batch of rows stand for, by folded name."""

    partners: Mapping[str, PartnerRow]
    queues: Mapping[str, UUID]
    members: Mapping[str, list[MemberRow]]
    listings: Mapping[str, list[ListingRow]]
    campaigns: Mapping[str, Campaign]
    active: frozenset[UUID]
    """The active ones of the partners of these listings."""
    rules: tuple[Rule, ...]
    general: UUID


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to create from a row."""

    row: Row
    lead: Lead
    campaign: Campaign | None
    texts: Mapping[str, object]
    """Columns that are not derived from the lead."""
    keeps_reference: bool
    """True if the row names the lead by its own reference."""
    routing: tuple[FieldChange, ...] = ()
    """What the history says of how the partner or queue was found."""


async def find_names(uow: UnitOfWork, rows: Iterable[Row]) -> Names:
    """Look up all names of a batch."""
    named: dict[LeadImportField, set[str]] = {one: set() for one in _NAMES}
    for row in rows:
        for one in _NAMES:
            if (text := row.values.get(one)) is not None:
                named[one].add(text)
    connection = uow.connection
    listings = await lookups.listings(connection, named[F.LISTING_NAME]) if named[F.LISTING_NAME] else {}
    sellers = {one.partner_id for found in listings.values() for one in found}
    return Names(
        partners=await lookups.partners(connection, named[F.PARTNER]) if named[F.PARTNER] else {},
        queues=await lookups.queues(connection, named[F.QUEUE]) if named[F.QUEUE] else {},
        members=await lookups.members(connection, named[F.OWNER_EMAIL]) if named[F.OWNER_EMAIL] else {},
        listings=listings,
        campaigns=await lookups.campaigns(connection, named[F.CAMPAIGN_CODE]) if named[F.CAMPAIGN_CODE] else {},
        active=frozenset(await lookups.active_partners(connection, sellers) if sellers else ()),
        rules=await routing.rules_in_force(connection) if uow.actor.is_vendor else (),
        general=await queues.general(connection),
    )


class LeadBuilder:
    """Builds the new leads of a batch."""

    def __init__(self, uow: UnitOfWork, names: Names, parser: RowParser, references: list[str]) -> None:
        self._uow = uow
        self._names = names
        self._parser = parser
        self._references = references
        """Unused references, one for each row."""
        self._profiles: dict[UUID, list[UUID]] = {}

    async def build(self, row: Row) -> NewLead | None:
        """Return the lead of a row; None if the row is rejected."""
        viewer, values = self._uow.actor, row.values
        if row.names_nobody:
            row.reject("The row names nobody. Give a name, a company, an e-mail address or a phone number.")
        is_kept = viewer.is_vendor and row.reference is not None
        partner = self._partner(row)
        listing = self._listing(row, viewer.partner_id or (partner.id if partner else None))
        kind: LeadType = values.get(F.TYPE) or (LeadType.OFFER if F.LISTING_NAME in values else LeadType.MARKETING_QUALIFIED)
        if kind is LeadType.OFFER and F.LISTING_NAME not in values and not is_kept:
            row.reject(
                "Give the listing: a lead of type OFFER is about one. Without one, leave the type out.", self._parser.heading(F.TYPE)
            )
        profile_id = await self._profile(row, kind, partner, is_kept=is_kept)
        campaign = self._campaign(row, is_kept=is_kept)
        owner_id = viewer.member_id if not viewer.is_vendor else self._owner(row, partner)
        queue_id = self._queue(row)
        if row.errors:
            return None
        lead = Lead(
            id=uuid7(),
            reference=row.reference if is_kept and row.reference else self._references.pop(),
            type=kind,
            source=values.get(F.SOURCE, LeadSource.IMPORT),
            call_to_action=values.get(F.CALL_TO_ACTION),
            external_reference=values.get(F.EXTERNAL_REFERENCE),
            status=values.get(F.STATUS, LeadStatus.NEW),
            stage=values.get(F.STAGE, LeadStage.RECEIVED),
            outcome=values.get(F.OUTCOME),
            last_name=row.facts.get("last_name") or row.placeholder,
            listing_id=listing.id if listing else None,
            listing_name=listing.name if listing else values.get(F.LISTING_NAME),
            listing_kind=listing.kind if listing else None,
            profile_id=profile_id,
            partner_id=viewer.partner_id or (partner.id if partner else None),
            owner_id=owner_id,
            queue_id=queue_id,
            is_test=values.get(F.IS_TEST, False),
            **self._instants(row, kind, is_kept=is_kept),
            **self._work(row, campaign),
            **{name: value for name, value in row.facts.items() if value is not None and name != "last_name"},
        )
        lead, texts = self._assessed(row, lead)
        routing: FieldChange | None = None
        if lead.partner_id is None and lead.queue_id is None and lead.outcome not in (LeadOutcome.EXPIRED, LeadOutcome.DUPLICATE):
            lead, routing = self._routed(lead, listing)
        reached_at, queued_at = lead.partner_reached_at(None, self._uow.now), lead.came_back_at(None, self._uow.now)
        return NewLead(
            row, replace(lead, reached_at=reached_at, queued_at=queued_at), campaign, texts, is_kept, (routing,) if routing else ()
        )

    def _instants(self, row: Row, kind: LeadType, *, is_kept: bool) -> dict[str, Any]:
        """Return the instants of the lead, and until when it must be answered."""
        viewer, now, rules, values = self._uow.actor, self._uow.now, self._uow.rules, row.values
        call, stage = values.get(F.CALL_TO_ACTION), values.get(F.STAGE, LeadStage.RECEIVED)
        created_at: datetime = values.get(F.CREATED_AT, now)
        requested = values.get(F.CONTACT_REQUESTED, call is CallToAction.CONTACT_ME and not is_kept)
        requested_at = (created_at if requested else None) if isinstance(requested, bool) else requested
        overdue_at = requested_at + rules.hot_for if requested_at and stage is LeadStage.RECEIVED else None
        has_no_expiry = is_kept and stage is LeadStage.RECEIVED and F.EXPIRES_AT in self._parser.fields and F.EXPIRES_AT not in values
        informational = kind is LeadType.OFFER and call in INFORMATIONAL_CALLS
        entered_by_partner = not viewer.is_vendor or has_no_expiry
        requires_response = not informational and not entered_by_partner
        expires_at = values.get(F.EXPIRES_AT) or expiry.first_expiry(requires_response, entered_by_partner, now, rules)
        return {
            "created_at": created_at,
            "updated_at": values.get(F.UPDATED_AT, now),
            "contact_requested_at": requested_at,
            "overdue_at": overdue_at if overdue_at and overdue_at > now else None,
            "requires_response": requires_response,
            "expires_at": expires_at if stage is LeadStage.RECEIVED else None,
            "claimed_at": values.get(F.CLAIMED_AT),
            # The file does not say from which queue it was claimed.
            "origin_queue_id": self._names.general if F.CLAIMED_AT in values else None,
            "accepted_at": values.get(F.ACCEPTED_AT, created_at if stage is LeadStage.ACCEPTED else None),
            "archived_at": values.get(F.ARCHIVED_AT, now if stage is LeadStage.ARCHIVED else None),
        }

    def _work(self, row: Row, campaign: Campaign | None) -> dict[str, Any]:
        """Return the deal, the end and the campaigns of the lead."""
        values = row.values
        amount = values.get(F.DEAL_AMOUNT)
        is_deal = values.get(F.STAGE, LeadStage.RECEIVED) is not LeadStage.RECEIVED
        return {
            "deal_name": values.get(F.DEAL_NAME),
            "deal_minor": amount.minor if amount else None,
            "deal_currency": values.get(F.DEAL_CURRENCY),
            "purchase_timeframe": values.get(F.PURCHASE_TIMEFRAME),
            "expected_close_date": values.get(F.EXPECTED_CLOSE_DATE),
            "campaign_code": values.get(F.CAMPAIGN_CODE) if is_deal else None,
            "crm_id": values.get(F.CRM_ID),
            "close_reason": values.get(F.CLOSE_REASON),
            "close_comment": values.get(F.CLOSE_COMMENT),
            "campaign_ids": (campaign.id,) if campaign else (),
        }

    def _assessed(self, row: Row, lead: Lead) -> tuple[Lead, dict[str, object]]:
        """Return the lead with validity and quality, and the columns that are not derived from it."""
        values = row.values
        texts: dict[str, object] = {}
        if self._parser.is_hidden(row):
            is_expired = lead.outcome is LeadOutcome.EXPIRED
            lead = replace(lead, last_name=ERASED, erased_at=None if is_expired else lead.updated_at)
            texts = {"message_masked": lead.message}  # its names are masked already
        if F.PHONE_VALIDITY in values:
            lead = replace(lead, phone_validity=values[F.PHONE_VALIDITY])
            assessment = quality.assess(lead)
            lead = replace(lead, quality=assessment.quality, quality_reasons=assessment.reasons)
        else:
            lead = assess_lead(lead)
        return (replace(lead, quality=values[F.QUALITY]) if F.QUALITY in values else lead), texts

    def _routed(self, lead: Lead, listing: ListingRow | None) -> tuple[Lead, FieldChange]:
        """Return the lead as its listing or the assignment rules route it, and which of them did."""
        if lead.type is LeadType.OFFER and listing is not None and listing.partner_id in self._names.active:
            return replace(lead, partner_id=listing.partner_id), routed_by(BY_LISTING, listing.name)
        return apply_rules(self._names.rules, self._names.general, lead)

    def _partner(self, row: Row) -> PartnerRow | None:
        name = row.values.get(F.PARTNER)
        if name is None:
            return None
        if (found := self._names.partners.get(fold(name))) is None:
            row.reject("There is no partner of this name.", self._parser.heading(F.PARTNER))
        return found

    def _listing(self, row: Row, partner_id: UUID | None) -> ListingRow | None:
        """Return the listing by its name or a marketplace's id: of the partner, or for the vendor the only one."""
        found = self._names.listings.get(fold(row.values.get(F.LISTING_NAME, "")), [])
        own = [one for one in found if one.partner_id == partner_id]
        if own or not self._uow.actor.is_vendor:
            return own[0] if own else None
        return found[0] if len(found) == 1 else None

    def _owner(self, row: Row, partner: PartnerRow | None) -> UUID | None:
        text = row.values.get(F.OWNER_EMAIL)
        if text is None:
            return None
        found = self._names.members.get(email_key(text)) or self._names.members.get(fold(text)) or []
        own = [one.id for one in found if partner is not None and one.partner_id == partner.id]
        if not own:
            row.reject("The partner has no member of this name or e-mail address.", self._parser.heading(F.OWNER_EMAIL))
        return own[0] if own else None

    def _queue(self, row: Row) -> UUID | None:
        name = row.values.get(F.QUEUE)
        if name is None or row.values.get(F.STAGE, LeadStage.RECEIVED) is not LeadStage.RECEIVED:
            return None
        if F.PARTNER in row.values:
            row.reject("Give either a partner or a queue: a lead that a partner has waits in no queue.", self._parser.heading(F.QUEUE))
        if (found := self._names.queues.get(fold(name))) is None:
            row.reject("There is no queue of this name.", self._parser.heading(F.QUEUE))
        return found

    def _campaign(self, row: Row, *, is_kept: bool) -> Campaign | None:
        code = row.values.get(F.CAMPAIGN_CODE)
        found = None if code is None else self._names.campaigns.get(fold(code))
        if code is not None and found is None and not is_kept:
            row.reject("No campaign has this code.", self._parser.heading(F.CAMPAIGN_CODE))
        return found

    async def _profile(self, row: Row, kind: LeadType, partner: PartnerRow | None, *, is_kept: bool) -> UUID | None:
        """Return the profile of a PROFILE lead: the partner's first, or for a kept lead the only one."""
        if kind is not LeadType.PROFILE:
            return None
        partner_id = self._uow.actor.partner_id or (partner.id if partner else None)
        if partner_id is not None and partner_id not in self._profiles:
            self._profiles[partner_id] = await lookups.profiles(self._uow.connection, partner_id)
        found = self._profiles[partner_id] if partner_id is not None else []
        if not found and not is_kept:
            row.reject(
                "A lead of type PROFILE belongs to a partner with a business profile. Give the partner, or leave the type out.",
                self._parser.heading(F.TYPE),
            )
        return found[0] if len(found) == 1 or (found and not is_kept) else None
