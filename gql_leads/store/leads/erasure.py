"""Erase a contact from every row that holds personal data of a lead.

A new table with texts about leads must be added here. Raw SQL because the event log and history are rewritten in bulk;
erasures are rare, so no benchmark measures them.
"""

from typing import Any
from uuid import UUID

from gql_leads.domain.attributes import Personal
from gql_leads.domain.leads.erasure import (
    ERASED,
    PERSONAL,
    ContactIdentity,
    erased_account,
    erased_contact,
    erased_opportunity,
    redacted,
    without_names,
)
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.leads.snapshots import SNAPSHOT_ATTRIBUTES
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.store import opportunities
from gql_leads.store.database.connection import Connection
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES
from gql_leads.store.outbox import mails, notifications
from gql_leads.store.sql import builder
from gql_leads.store.sql.builder import Sql, any_of, is_one_of
from gql_leads.store.sql.rows import as_uuid, loaded, to_json
from gql_leads.store.unit_of_work import UnitOfWork, history_changes, stored

SNAPSHOT_TEXTS = tuple(name for name in PERSONAL[Lead] if name in SNAPSHOT_ATTRIBUTES and ATTRIBUTES[name].personal is Personal.MAYBE)
"""Values in event snapshots that may name the contact."""
SNAPSHOT_SECRETS = tuple(name for name in PERSONAL[Lead] if name in SNAPSHOT_ATTRIBUTES and ATTRIBUTES[name].personal is Personal.YES)
"""Values in event snapshots that identify the contact in another system."""
Entries = dict[int, list[FieldChange]]
"""Field changes of timeline entries by entry id."""


async def history(connection: Connection, lead_id: UUID) -> Entries:
    """Read every timeline entry of a lead that records field changes."""
    rows = await connection.fetch("SELECT id, changes FROM timeline_entry WHERE lead_id = ? ORDER BY id", lead_id)
    entries_with_changes = ((row["id"], loaded(row["changes"])) for row in rows)
    return {
        number: [FieldChange(one["field"], one["from"], one["to"]) for one in changes]
        for number, changes in entries_with_changes
        if changes
    }


async def erase(uow: UnitOfWork, before: Lead, after: Lead, entries: Entries, person: ContactIdentity) -> bool:
    """Erase the person from the lead and its related rows; return whether anything was changed."""
    records = await _erase_records(uow, before, person)
    found = [
        await _erase_row(uow.connection, before, after),
        await _erase_texts(uow, before.id),
        await _erase_history(uow.connection, entries, person),
        bool(records),
    ]
    await _erase_log(uow.connection, before.id, person)
    await notifications.delete_of_leads(uow.connection, [before.id])
    await _forget_keys(uow.connection, before, records)
    await mails.erase_mails_of(uow.connection, [before.id])
    return any(found)


async def _erase_row(connection: Connection, before: Lead, after: Lead) -> bool:
    old = stored(before)
    written = {name: value for name, value in stored(after).items() if value != old[name]}
    if written:
        await connection.execute(builder.update("lead", written, after.id))
    return bool(written)


async def _erase_texts(uow: UnitOfWork, lead_id: UUID) -> bool:
    notes = await uow.connection.execute(
        "UPDATE note SET body = ?, updated_at = ? WHERE lead_id = ? AND body <> ?", ERASED, uow.now, lead_id, ERASED
    )
    activities = await uow.connection.execute(
        "UPDATE activity SET subject = ?, body = NULL WHERE lead_id = ? AND (subject <> ? OR body IS NOT NULL)", ERASED, lead_id, ERASED
    )
    return notes + activities > 0


async def _erase_history(connection: Connection, entries: Entries, person: ContactIdentity) -> bool:
    changed = {number: after for number, before in entries.items() if (after := redacted(before, person)) != before}
    rows = [
        ([{"field": one.field, "from": one.before, "to": one.after} for one in entries_with_changes], number)
        for number, entries_with_changes in changed.items()
    ]
    await connection.execute_many("UPDATE timeline_entry SET changes = ? WHERE id = ?", rows)
    return bool(changed)


async def _erase_log(connection: Connection, lead_id: UUID, person: ContactIdentity) -> None:
    """Remove the contact's data from the lead's event snapshots."""
    rows = await connection.fetch("SELECT id, before, after FROM event WHERE lead_id = ?", lead_id)
    before = [(row["id"], *(None if row[name] is None else loaded(row[name]) for name in ("before", "after"))) for row in rows]
    after = [(number, *(one and _without_person(one, person) for one in snapshots)) for number, *snapshots in before]
    await connection.execute_many(
        "UPDATE event SET before = ?, after = ? WHERE id = ?",
        [
            (*(None if one is None else to_json(one) for one in snapshots), number)
            for old, (number, *snapshots) in zip(before, after, strict=True)
            if old != (number, *snapshots)
        ],
    )


def _without_person(snapshot: dict[str, Any], person: ContactIdentity) -> dict[str, Any]:
    return snapshot | {name: person.out_of(snapshot.get(name)) for name in SNAPSHOT_TEXTS} | dict.fromkeys(SNAPSHOT_SECRETS)


async def _erase_records(uow: UnitOfWork, lead: Lead, person: ContactIdentity) -> set[UUID]:
    """Erase the person from the account, contact and opportunities of the conversion.

    Return the ids of changed records.
    """
    if lead.partner_id is None or lead.contact_id is None or lead.account_id is None:
        return set()
    connection = uow.connection
    (contact,) = await opportunities.of_partner(connection, CONTACTS, lead.partner_id, Sql("t.id = ?", (lead.contact_id,)))
    # Both may have been edited since the conversion: names and the contact's account may differ.
    person, nobody, found = person.known_as(contact), erased_contact(contact), set[UUID]()
    theirs = is_one_of("t.id", {lead.account_id, contact.account_id or lead.account_id})
    accounts = await opportunities.of_partner(connection, ACCOUNTS, lead.partner_id, theirs)
    for account in accounts:
        others = await connection.fetch("SELECT 1 FROM contact WHERE account_id = ? AND id <> ? LIMIT 1", account.id, contact.id)
        without = erased_account(account, person, is_only_contact=not others)
        if without != account:
            await opportunities.update(connection, ACCOUNTS, account, without)
            found.add(account.id)
    if nobody != contact:
        await opportunities.update(connection, CONTACTS, contact, nobody)
        found.add(contact.id)
    of_lead = any_of(Sql("t.lead_id = ?", (lead.id,)), is_one_of("t.id", [one for one in (lead.opportunity_id,) if one is not None]))
    joined = any_of(is_one_of("t.account_id", [one.id for one in accounts]), Sql("t.contact_id = ?", (contact.id,)))
    persons = {one.id for one in accounts if one.is_person}
    for one in await opportunities.of_partner(connection, OPPORTUNITIES, lead.partner_id, any_of(of_lead, joined)):
        is_of_lead = one.lead_id == lead.id or one.id == lead.opportunity_id
        is_whole = is_of_lead or one.contact_id == contact.id or one.account_id in persons
        if one.name != ERASED and (is_of_lead or one.account_id in persons or person.is_in(one.name)):
            without_name = erased_opportunity(one, uow.now)
            await opportunities.update(connection, OPPORTUNITIES, one, without_name)
            changes = (FieldChange("name", None, None),)
            await opportunities.record_change(uow, one, without_name, OpportunityEventKind.CHANGED, changes)
            found.add(one.id)
        found |= await _erase_opportunity_texts(uow, one.id, person, is_whole=is_whole)
    return found


async def _erase_opportunity_texts(uow: UnitOfWork, opportunity_id: UUID, person: ContactIdentity, *, is_whole: bool) -> set[UUID]:
    """Erase texts of the opportunity's notes, activities and history, and return the ids of changed ones.

    All texts if `is_whole`, else those that name the person.
    """
    connection, found = uow.connection, set[UUID]()
    for note in await connection.fetch("SELECT id, body FROM note WHERE opportunity_id = ? AND body <> ?", opportunity_id, ERASED):
        if is_whole or person.is_in(note["body"]):
            await connection.execute("UPDATE note SET body = ?, updated_at = ? WHERE id = ?", ERASED, uow.now, note["id"])
            found.add(as_uuid(note["id"]))
    for activity in await connection.fetch("SELECT id, subject, body FROM activity WHERE opportunity_id = ?", opportunity_id):
        has_text = activity["subject"] != ERASED or activity["body"] is not None
        if has_text and (is_whole or person.is_in(activity["subject"]) or person.is_in(activity["body"])):
            await connection.execute("UPDATE activity SET subject = ?, body = NULL WHERE id = ?", ERASED, activity["id"])
            found.add(as_uuid(activity["id"]))
    entries = await connection.fetch("SELECT id, changes FROM opportunity_timeline_entry WHERE opportunity_id = ?", opportunity_id)
    for entry in entries:
        before = [FieldChange(one["field"], one["from"], one["to"]) for one in loaded(entry["changes"])]
        after = redacted(before, person) if is_whole else without_names(before, person)
        if after != before:
            await connection.execute("UPDATE opportunity_timeline_entry SET changes = ? WHERE id = ?", history_changes(after), entry["id"])
    return found


async def _forget_keys(connection: Connection, lead: Lead, records: set[UUID]) -> None:
    """Delete idempotency keys of requests that wrote the erased data: keys and digests are derived from the input."""
    made = [lead.id, *records]
    for table in ("note", "activity"):
        made += [as_uuid(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table} WHERE lead_id = ?", lead.id)]
    await connection.execute("DELETE FROM idempotency_key WHERE " + is_one_of("made_id", made))
