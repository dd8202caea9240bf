"""Accounts, contacts and opportunities that members create and update for their own partner."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import ContactFields, MoneyFields, NewOpportunity, OpportunityFields, SaveAccount, SaveContact
from gql_leads.domain.conversion import own_domain
from gql_leads.domain.errors import Invalid, InvalidField, NotFound, VersionConflict
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.transitions import LONGEST_DEAL_NAME
from gql_leads.domain.matching.addresses import given_domain
from gql_leads.domain.matching.mail_providers import is_provider
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.domain.opportunities.history import differences, kind_of
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity, OpportunityStage
from gql_leads.domain.values.validation import MOST_EMAIL, UNSET, Unset, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import assess_phone
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.store import idempotency, opportunities
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, Kind, Record
from gql_leads.store.organization import directory
from gql_leads.store.unit_of_work import UnitOfWork

Facts = dict[str, Any]
LONGEST_ACCOUNT_NAME = 400
"""A person's account has their full name, of up to 201 characters, which must stay valid when it is saved again."""
LONGEST_MADE_NAME = 800
"""An opportunity's longest name at an update: a conversion prefixes the account's name, which must stay valid."""


async def save_account(app: AppContext, viewer: Viewer, wanted: SaveAccount, idempotency_key: str | None = None) -> UUID:
    """Create or update an account and return its id."""
    validator = Validator()
    name = none_if_unset(wanted.name) if wanted.account_id is None else wanted.name
    facts = _without_unset(
        name=validator.required_text(name, "name", most=LONGEST_ACCOUNT_NAME),
        country=validator.country(wanted.country, "country"),
        **_check_domain(validator, wanted.domain),
    )
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("saveAccount", wanted)
    async with app.unit_of_work(viewer) as uow:
        await opportunities.lock_partner(uow.connection, viewer.partner_id)
        account = await find_record(uow, ACCOUNTS, wanted.account_id, "accountId")
        partner_id = require_partner(viewer)
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved_id
        if account is None:
            account = Account(id=uuid7(), partner_id=partner_id, created_at=uow.now, **facts)
            await opportunities.insert(uow.connection, ACCOUNTS, account)
        elif account.is_person and facts.get("domain") is not None:
            raise Invalid([InvalidField(("domain",), "Leave the domain out: this account is a private person.")])
        else:
            await opportunities.update(uow.connection, ACCOUNTS, account, replace(account, **facts))
        await idempotency.store_result(uow, idempotency_key, account.id)
    return account.id


def _check_domain(validator: Validator, given: str | Unset | None) -> dict[str, Any]:
    """Return the columns of a domain that a member says is the account's own; a blank one is cleared."""
    text = validator.text(given, "domain", most=MOST_EMAIL)
    if isinstance(text, Unset):
        return {}
    domain = None if text is None else given_domain(text)
    if text is not None and len(text) <= MOST_EMAIL and domain is None:
        validator.add_error("Give the domain as in the company's e-mail addresses, such as contoso.example.", "domain")
    if domain is not None and is_provider(domain):
        validator.add_error(f"Give a domain of the company's own: {domain} is a mail provider's.", "domain")
    return {"domain": domain, "is_domain_given": domain is not None}


async def save_contact(app: AppContext, viewer: Viewer, wanted: SaveContact, idempotency_key: str | None = None) -> UUID:
    """Create or update a contact and return its id.

    The domain of its address is saved for an account without one, if it is the account's own.
    """
    validator = Validator()
    facts = _without_unset(**_check_person(validator, wanted.person, is_new=wanted.contact_id is None))
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("saveContact", wanted)
    validity = await app.contact_validator.assess_email(facts.get("email"))
    async with app.unit_of_work(viewer) as uow:
        await opportunities.lock_partner(uow.connection, viewer.partner_id)
        contact = await find_record(uow, CONTACTS, wanted.contact_id, "contactId")
        account = await find_record(uow, ACCOUNTS, none_if_unset(wanted.account_id), "accountId")
        partner_id = require_partner(viewer)
        facts |= _without_unset(account_id=wanted.account_id)
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved_id
        if contact is None:
            contact = Contact(id=uuid7(), partner_id=partner_id, created_at=uow.now, **facts)
            await opportunities.insert(uow.connection, CONTACTS, contact)
        else:
            await opportunities.update(uow.connection, CONTACTS, contact, replace(contact, **facts))
        if account is not None and not account.is_person and account.domain is None:
            learned = replace(account, domain=own_domain(facts.get("email"), validity, account))
            await opportunities.update(uow.connection, ACCOUNTS, account, learned)
        await idempotency.store_result(uow, idempotency_key, contact.id)
    return contact.id


async def create_opportunity(app: AppContext, viewer: Viewer, new: NewOpportunity, idempotency_key: str | None = None) -> UUID:
    """Create an opportunity owned by the viewer and return its id."""
    validator = Validator()
    named = replace(new.facts, name=none_if_unset(new.facts.name))
    facts = check_opportunity(validator, named)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("createOpportunity", new.account_id, new.contact_id, facts)
    async with app.unit_of_work(viewer) as uow:
        if (existing := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return existing
        await opportunities.lock_partner(uow.connection, viewer.partner_id)
        await find_record(uow, ACCOUNTS, new.account_id, "accountId")
        contact = await find_record(uow, CONTACTS, new.contact_id, "contactId")
        partner_id = require_partner(viewer)
        _require_contact_of(new.account_id, contact)
        if (existing := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return existing
        opportunity = Opportunity(
            id=uuid7(),
            partner_id=partner_id,
            account_id=new.account_id,
            contact_id=new.contact_id,
            owner_id=viewer.member_id,
            created_at=uow.now,
            updated_at=uow.now,
            **facts,
        )
        await insert_opportunity(uow, opportunity)
        await idempotency.store_result(uow, idempotency_key, opportunity.id)
    return opportunity.id


async def update_opportunity(
    app: AppContext, viewer: Viewer, opportunity_id: UUID, wanted: OpportunityFields, expected_version: int | None = None
) -> UUID:
    """Update an open opportunity, or change its stage, and return its id; a closed one is final."""
    validator = Validator()
    facts = check_opportunity(validator, wanted, longest=LONGEST_MADE_NAME)
    facts |= _without_unset(owner_id=validator.required(wanted.owner_id, "ownerId"), contact_id=wanted.contact_id)
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        opportunity = await lock_opportunity(uow, opportunity_id, "opportunityId")
        contact = await find_record(uow, CONTACTS, facts.get("contact_id"), "contactId")
        owner_id = facts.get("owner_id", opportunity.owner_id)
        if owner_id != opportunity.owner_id and not await directory.is_active_member(uow.connection, owner_id, opportunity.partner_id):
            raise NotFound(field=("ownerId",))
        require_partner(viewer)
        if expected_version is not None and expected_version != opportunity.version:
            raise VersionConflict(opportunity.version, "Opportunity", opportunity.id)
        require_open(opportunity, "opportunityId")
        _require_contact_of(opportunity.account_id, contact)
        await save_opportunity(uow, opportunity, replace(opportunity, **facts))
    return opportunity_id


def check_opportunity(validator: Validator, wanted: OpportunityFields, *path: str, longest: int = LONGEST_DEAL_NAME) -> Facts:
    """Validate the fields and return those not left out as attributes; `path` is where they were given."""
    facts: Facts = {
        "name": validator.required_text(wanted.name, *path, "name", most=longest),
        "stage": validator.required(wanted.stage, *path, "stage"),
        "expected_close_date": validator.date(wanted.expected_close_date, *path, "expectedCloseDate"),
    }
    reason = none_if_unset(wanted.close_reason)
    if wanted.stage is OpportunityStage.CLOSED_LOST and reason is None:
        validator.add_error("Give the reason for which it was lost.", *path, "closeReason")
    elif wanted.stage is not OpportunityStage.CLOSED_LOST and reason is not None:
        validator.add_error("Leave out the reason, or give the stage CLOSED_LOST with it.", *path, "closeReason")
    facts |= {"close_reason": reason or UNSET}
    if not isinstance(wanted.amount, Unset):
        pair = (wanted.amount.amount, wanted.amount.currency) if isinstance(wanted.amount, MoneyFields) else None
        amount = validator.money(pair, *path, "amount")
        facts |= {"amount_minor": amount.minor if amount else None, "amount_currency": amount.currency if amount else None}
    return _without_unset(**facts)


async def find_record(uow: UnitOfWork, kind: Kind[Record], record_id: UUID | None, *path: str) -> Record | None:
    """Return the named record, None if none is named; raise NotFound if the viewer cannot see it."""
    if record_id is None:
        return None
    record = await opportunities.record(uow.connection, uow.actor, kind, record_id)
    if record is None:
        raise NotFound(field=path)
    return record


async def lock_opportunity(uow: UnitOfWork, opportunity_id: UUID, *path: str) -> Opportunity:
    """Lock the records of the opportunity's partner and return it; raise NotFound if the viewer cannot see it."""
    found = await find_record(uow, OPPORTUNITIES, opportunity_id, *path)
    assert found is not None, "its id was given"
    await opportunities.lock_partner(uow.connection, found.partner_id)
    locked = await find_record(uow, OPPORTUNITIES, opportunity_id, *path)  # as it is under the lock
    assert locked is not None, "its id was given"
    return locked


async def insert_opportunity(uow: UnitOfWork, opportunity: Opportunity) -> None:
    """Insert a new opportunity with its history entry and event."""
    opportunity = replace(opportunity, closed_at=uow.now if opportunity.is_closed else None)
    await opportunities.insert(uow.connection, OPPORTUNITIES, opportunity)
    await opportunities.record_change(uow, None, opportunity, OpportunityEventKind.CREATED)


async def save_opportunity(uow: UnitOfWork, before: Opportunity, after: Opportunity, extra_changes: Sequence[FieldChange] = ()) -> None:
    """Save a changed opportunity as a new version with its history entry and event; do nothing if nothing changed."""
    if after != before:
        closed_at = uow.now if after.is_closed else None
        after = replace(after, version=before.version + 1, updated_at=uow.now, closed_at=closed_at)
        await opportunities.update(uow.connection, OPPORTUNITIES, before, after)
        changes = (*differences(before, after), *extra_changes)
        await opportunities.record_change(uow, before, after, kind_of(before, after), changes)


def require_partner(viewer: Viewer) -> UUID:
    """Return the viewer's partner; raise NotPermitted unless they work leads for it."""
    permissions.KEEP_CUSTOMERS.require(viewer)
    assert viewer.partner_id is not None, "only members of a partner have these roles"
    return viewer.partner_id


def _require_contact_of(account_id: UUID, contact: Contact | None) -> None:
    """Raise Invalid if the contact is not one of the account."""
    if contact is not None and contact.account_id != account_id:
        raise Invalid([InvalidField(("contactId",), "Choose a contact of the account: this one is not.")])


def require_open(opportunity: Opportunity, *path: str) -> None:
    """Raise Invalid if the opportunity is closed."""
    if opportunity.is_closed:
        ended = "won" if opportunity.stage is OpportunityStage.CLOSED_WON else "lost"
        raise Invalid([InvalidField(path, f"Choose an open opportunity: this one is closed as {ended}, which is final.")])


def _check_person(validator: Validator, person: ContactFields, *, is_new: bool) -> Facts:
    phone = validator.text(person.phone, "phone", most=50)
    return {
        "first_name": validator.text(person.first_name, "firstName", most=100),
        "last_name": validator.required_text(none_if_unset(person.last_name) if is_new else person.last_name, "lastName", most=100),
        "title": validator.text(person.title, "title", most=100),
        "email": validator.email(person.email, "email"),
        "phone": assess_phone(phone, None)[1] if isinstance(phone, str) else phone,
    }


def _without_unset(**facts: Any) -> Facts:
    """Return the values that were not left out."""
    return {name: value for name, value in facts.items() if value is not UNSET}
