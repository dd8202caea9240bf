"""Conversion of a qualified lead into an account, a contact and an opportunity, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import conversion
from gql_leads.domain.commands import Conversion, OpportunityFields
from gql_leads.domain.conversion import Candidates, Known, MatchKeys
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead, LeadOutcome
from gql_leads.domain.leads.transitions import archived, default_deal_name
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity
from gql_leads.domain.values.text_folding import is_blank
from gql_leads.domain.values.validation import UNSET, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.opportunities import (
    LONGEST_ACCOUNT_NAME,
    LONGEST_MADE_NAME,
    check_opportunity,
    find_record,
    insert_opportunity,
    require_open,
    save_opportunity,
)
from gql_leads.services.preconditions import require
from gql_leads.store import idempotency, opportunities
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, AnyKind
from gql_leads.store.organization import directory
from gql_leads.store.sql.rows import Row
from gql_leads.store.unit_of_work import UnitOfWork

Facts = dict[str, Any]
MOST_LISTED = 5
"""Names of equal candidates in an error message."""


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """The ids of the records a lead was converted into."""

    lead_id: UUID
    account_id: UUID
    contact_id: UUID
    opportunity_id: UUID | None
    dry_run_rows: Mapping[tuple[str, UUID], Row] = field(default_factory=dict)
    """The rows a dry run wrote before its rollback, by table and id."""


@dataclass(frozen=True, slots=True)
class ChosenRecords:
    """The existing records that the input names."""

    account: Account | None
    contact: Contact | None
    opportunity: Opportunity | None


class _DryRunDone(Exception):
    """End a dry run by rolling its transaction back."""

    def __init__(self, converted: ConversionResult) -> None:
        super().__init__()
        self.converted = converted


async def convert_lead(
    app: AppContext,
    viewer: Viewer,
    lead_id: UUID,
    wanted: Conversion,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
    *,
    dry_run: bool = False,
) -> ConversionResult:
    """Create or reuse the records and archive the lead; a dry run returns the result and rolls back.

    A dry run neither uses the key nor is it answered by one.
    """
    wanted, facts = _check(wanted, idempotency_key)
    key, request = None if dry_run else idempotency_key, request_hash("convertLead", lead_id, replace(wanted, opportunity=None), facts)
    try:
        async with app.unit_of_work(viewer) as uow:
            if await idempotency.lookup(uow, key, request) is not None:
                return await _earlier_result(uow, lead_id)
            # A concurrent conversion for the same company waits here and then finds the account.
            await opportunities.lock_partner(uow.connection, viewer.partner_id)
            locked = await uow.lock_lead(lead_id)
            # A concurrent request with the same key may have ended while this one waited for the lock.
            if await idempotency.lookup(uow, key, request) is not None:
                return await _earlier_result(uow, lead_id)
            named = await _find_chosen(uow, wanted, locked.lead)
            require(uow, locked, LeadAction.CONVERT, expected_version)
            if await idempotency.reserve(uow, key, request) is not None:
                return await _earlier_result(uow, lead_id)
            converted = await _convert(uow, locked.lead, wanted, facts, named)
            if dry_run:
                raise _DryRunDone(await _with_rows(uow, converted))
            await idempotency.store_result(uow, key, lead_id)
    except _DryRunDone as done:
        return done.converted
    return converted


async def _earlier_result(uow: UnitOfWork, lead_id: UUID) -> ConversionResult:
    """Return the result of the lead's conversion, which is final."""
    account_id, contact_id, opportunity_id = await opportunities.converted_into(uow.connection, lead_id)
    return ConversionResult(lead_id, account_id, contact_id, opportunity_id)


def _check(wanted: Conversion, idempotency_key: str | None) -> tuple[Conversion, Facts]:
    """Validate the input; return it and the attributes of a new opportunity. Null, blank and left out are equal."""
    validator = Validator()
    name = wanted.account_name
    if name is not None:
        name = validator.required_text(name, "account", "name", most=LONGEST_ACCOUNT_NAME)
    if wanted.without_opportunity and (wanted.opportunity_id is not None or wanted.opportunity is not None):
        validator.add_error("Leave out the opportunity, or withoutOpportunity: they contradict each other.", "withoutOpportunity")
    fields = wanted.opportunity or OpportunityFields()
    is_named = isinstance(fields.name, str) and not is_blank(fields.name)
    given = fields if is_named else replace(fields, name=UNSET)
    facts = check_opportunity(validator, given, "opportunity", "create", longest=LONGEST_MADE_NAME)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return replace(wanted, account_name=name), {name: value for name, value in facts.items() if value is not None}


async def _find_chosen(uow: UnitOfWork, wanted: Conversion, lead: Lead) -> ChosenRecords:
    """Return the named records; raise NotFound for the first record or owner that the viewer cannot see."""
    named = ChosenRecords(
        await find_record(uow, ACCOUNTS, wanted.account_id, "account", "existingId"),
        await find_record(uow, CONTACTS, wanted.contact_id, "contact", "existingId"),
        await find_record(uow, OPPORTUNITIES, wanted.opportunity_id, "opportunity", "existingId"),
    )
    partner_id = uow.actor.partner_id or lead.partner_id
    if wanted.owner_id is not None and not await directory.is_active_member(uow.connection, wanted.owner_id, partner_id):
        raise NotFound(field=("ownerId",))
    return named


async def _convert(uow: UnitOfWork, lead: Lead, wanted: Conversion, facts: Facts, named: ChosenRecords) -> ConversionResult:
    assert lead.partner_id is not None, "only a partner converts"
    keys = conversion.match_keys(lead, wanted.account_name)
    known = await opportunities.known(uow.connection, uow.actor, lead.partner_id, [keys])
    account = await _account(uow, lead, wanted.account_name, named.account or _matching_account(keys, known, named))
    contact = await _contact(uow, lead, account, named.contact, keys, known)
    opportunity = None
    if not wanted.without_opportunity:
        opportunity = await _opportunity(uow, lead, account, contact, named.opportunity, wanted.owner_id, facts)
    after = replace(
        archived(lead, LeadOutcome.CONVERTED, uow.now, closed_by_id=uow.actor.member_id),
        status=wanted.status or lead.status,
        account_id=account.id,
        contact_id=contact.id,
        opportunity_id=opportunity.id if opportunity else None,
    )
    await uow.save(lead, after, TimelineKind.CONVERTED)
    return ConversionResult(lead.id, account.id, contact.id, after.opportunity_id)


async def _account(uow: UnitOfWork, lead: Lead, name: str | None, existing: Account | None) -> Account:
    assert lead.partner_id is not None
    if existing is not None:
        account = conversion.filled_account(existing, lead)
        await opportunities.update(uow.connection, ACCOUNTS, existing, account)
        return account
    account = Account(
        id=uuid7(),
        partner_id=lead.partner_id,
        name=name or conversion.account_name(lead),
        is_person=name is None and lead.company is None,
        created_at=uow.now,
    )
    account = conversion.filled_account(account, lead)
    await opportunities.insert(uow.connection, ACCOUNTS, account)
    return account


async def _contact(uow: UnitOfWork, lead: Lead, account: Account, chosen: Contact | None, keys: MatchKeys, known: Known) -> Contact:
    if chosen is not None and chosen.account_id not in (account.id, None):
        message = "Choose a contact of the account that the lead is converted into, or give this contact's account as account.existingId."
        raise Invalid([InvalidField(("contact", "existingId"), message)])
    existing = chosen or _matching_contact(conversion.matching_contacts(keys, known, account.id))
    if existing is not None:
        contact = conversion.filled_contact(existing, lead, account.id)
        await opportunities.update(uow.connection, CONTACTS, existing, contact)
        return contact
    contact = Contact(id=uuid7(), partner_id=account.partner_id, last_name=lead.last_name, created_at=uow.now)
    contact = conversion.filled_contact(contact, lead, account.id)
    await opportunities.insert(uow.connection, CONTACTS, contact)
    return contact


async def _opportunity(
    uow: UnitOfWork, lead: Lead, account: Account, contact: Contact, chosen: Opportunity | None, owner_id: UUID | None, facts: Facts
) -> Opportunity:
    if chosen is not None:
        if chosen.account_id != account.id:
            message = (
                "Choose an opportunity of the account that the lead is converted into, or give this one's account as account.existingId."
            )
            raise Invalid([InvalidField(("opportunity", "existingId"), message)])
        require_open(chosen, "opportunity", "existingId")
        filled = conversion.filled_opportunity(chosen, lead, contact.id)
        came_from = () if filled.lead_id == chosen.lead_id else (FieldChange("lead", None, lead.reference),)
        await save_opportunity(uow, chosen, filled, came_from)
        return chosen
    name = conversion.opportunity_name(facts.get("name") or lead.deal_name or default_deal_name(lead), account.name)
    if len(name) > LONGEST_MADE_NAME:
        message = f"Shorten the name: with the account's in front it may have at most {LONGEST_MADE_NAME} characters, and has {len(name)}."
        raise Invalid([InvalidField(("opportunity", "create", "name"), message)])
    opportunity = Opportunity(
        id=uuid7(),
        partner_id=account.partner_id,
        account_id=account.id,
        owner_id=owner_id or await _active_owner(uow, lead) or uow.actor.member_id,
        created_at=uow.now,
        updated_at=uow.now,
        **facts | {"name": name},
    )
    opportunity = conversion.filled_opportunity(opportunity, lead, contact.id)
    await insert_opportunity(uow, opportunity)
    return opportunity


async def _active_owner(uow: UnitOfWork, lead: Lead) -> UUID | None:
    """Return the lead's owner unless they are deactivated."""
    if lead.owner_id is None or not await directory.is_active_member(uow.connection, lead.owner_id, lead.partner_id):
        return None
    return lead.owner_id


async def _with_rows(uow: UnitOfWork, converted: ConversionResult) -> ConversionResult:
    """Add the rows of a dry run to its result; they are gone after the rollback."""
    connection, viewer = uow.connection, uow.actor
    records: tuple[tuple[AnyKind, UUID | None], ...] = (
        (ACCOUNTS, converted.account_id),
        (CONTACTS, converted.contact_id),
        (OPPORTUNITIES, converted.opportunity_id),
    )
    rows: dict[tuple[str, UUID], Row] = {}
    for kind, record_id in records:
        if record_id is not None:
            rows[kind.table, record_id] = (await opportunities.by_id(connection, viewer, kind, [record_id]))[record_id]
    reader = LeadReader(connection, viewer, uow.now, uow.rules)
    rows["lead", converted.lead_id] = (await lists.by_id(reader, [converted.lead_id], lists.WHOLE))[converted.lead_id]
    return replace(converted, dry_run_rows=rows)


def _matching_account(keys: MatchKeys, known: Known, named: ChosenRecords) -> Account | None:
    """Return the best match, or None; raise Invalid if several match equally well.

    Among equals, the account of the chosen contact or opportunity is taken.
    """
    candidates = conversion.matching_accounts(keys, known)
    equals = candidates.equals
    chosen = {one.account_id for one in (named.contact, named.opportunity) if one is not None}
    picked = [one for one in equals if one.id in chosen] or list(equals)
    if len(picked) > 1:
        message = (
            f"Choose one of the {len(picked)} accounts that match equally well ({_listed([one.name for one in picked])})"
            " and give it as account.existingId, or name a new one as account.name."
        )
        raise Invalid([InvalidField(("account",), message)])
    return picked[0] if picked else None


def _matching_contact(candidates: Candidates[Contact]) -> Contact | None:
    """Return the contact that matches best; raise Invalid for several that match equally well."""
    equals = candidates.equals
    if len(equals) > 1:
        message = (
            f"Choose one of the {len(equals)} contacts with this e-mail address ({_listed([one.full_name for one in equals])})"
            " and give it as contact.existingId."
        )
        raise Invalid([InvalidField(("contact",), message)])
    return equals[0] if equals else None


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")
