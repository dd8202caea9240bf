"""Writing of rows: new leads, updates, duplicates and rejected rows, with the progress in the same transaction."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Refusal
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.creation import LeadBuilder, NewLead, find_names
from gql_leads.services.imports.rows import Row, RowParser
from gql_leads.services.imports.updates import is_changed, update_from_row
from gql_leads.services.leads.intake import VENDOR_SCOPE, random_reference
from gql_leads.store.intake.imports import lookups, progress
from gql_leads.store.intake.imports.creation import insert_claims, insert_memberships, insert_notes
from gql_leads.store.intake.imports.lookups import ExternalReference, Request
from gql_leads.store.intake.imports.progress import Step
from gql_leads.store.leads.phone_keys import phone_keys
from gql_leads.store.unit_of_work import LockedLead, NewRow, UnitOfWork

F = LeadImportField
REPEATED_WITHIN: Final = timedelta(days=30)
_RANDOM_BITS: Final = (1 << 62) - 1
_LARGEST_STEP: Final = 1 << 40


class LeaseLost(Exception):
    """The import was cancelled, or another server works on it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Parsed rows, and what was found before the transaction: known leads, and references that nobody here may use."""

    rows: Sequence[Row]
    known: Mapping[str, LockedLead]
    unusable: frozenset[str]


@dataclass(slots=True)
class Writer:
    """Writes the rows of one import."""

    app: AppContext
    import_id: UUID
    lease_id: UUID
    lease: timedelta
    parser: RowParser
    last: tuple[datetime, UUID] | None
    """Creation time and id of the last lead that kept its reference."""

    async def write(self, viewer: Viewer, rows: Sequence[Row]) -> None:
        """Write the rows in as few transactions as their order allows; raise LeaseLost."""
        batch = await self._prepare(viewer, rows)
        while batch.rows:
            written = await self._write_run(viewer, batch)
            rest = batch.rows[len(written) :]
            is_repeated = bool(rest) and rest[0].reference is not None and rest[0].reference in {row.reference for row in written}
            batch = await self._prepare(viewer, rest) if is_repeated else replace(batch, rows=rest)

    async def _prepare(self, viewer: Viewer, rows: Sequence[Row]) -> Batch:
        async with self.app.database.transaction() as connection:
            uow = UnitOfWork(connection, viewer, self.app.now(), self.app.rules)
            references = {row.reference for row in rows if row.reference is not None and not row.errors}
            async with lookups.custom_plans(connection):
                known = await lookups.leads_by_reference(uow, references)
                unusable = await lookups.taken_references(connection, references - known.keys()) if viewer.is_vendor else set()
        await self._assess_emails(rows, known)
        return Batch(rows, known, frozenset(unusable))

    async def _assess_emails(self, rows: Iterable[Row], known: Mapping[str, LockedLead]) -> None:
        """Add the validity of addresses that are new or changed. It may ask DNS, so it is done outside of a transaction."""
        asked: dict[str | None, list[Row]] = {}
        for row in rows:
            if row.errors or "email" not in row.facts:
                continue
            locked = known.get(row.reference or "")
            lead = None if locked is None else locked.lead
            if lead is not None and lead.email == row.facts["email"]:
                del row.facts["email"]
            elif F.EMAIL_VALIDITY in row.values and lead is None:
                row.facts["email_validity"] = row.values[F.EMAIL_VALIDITY]
            else:
                asked.setdefault(row.facts["email"], []).append(row)
        validities = await asyncio.gather(*map(self.app.contact_validator.assess_email, asked))
        for found, validity in zip(asked.values(), validities, strict=True):
            for row in found:
                row.facts["email_validity"] = validity

    async def _write_run(self, viewer: Viewer, batch: Batch) -> Sequence[Row]:
        """Write and return the first rows of the batch, as many as one transaction may write."""
        rows = _run(batch, viewer)
        step = Step(rows[-1].end, rows[-1].number, processed=len(rows))
        async with self.app.unit_of_work(viewer) as uow:
            if (changed := _changed_lead(batch, rows[0], viewer)) is not None:
                await self._update(uow, changed.id, rows[0], step)
            else:
                await self._create(uow, batch, rows, step)
            for row in rows:
                step.rejected += bool(row.errors)
                step.errors += row.errors
            # Last: PostgreSQL assigns the transaction id, which orders the event log, at the first lock, and that must be the lead's.
            if not await progress.record_step(uow.connection, self.import_id, self.lease_id, uow.now + self.lease, step):
                raise LeaseLost
        self.last = step.last or self.last
        return rows

    async def _update(self, uow: UnitOfWork, lead_id: UUID, row: Row, step: Step) -> None:
        try:
            step.updated += await update_from_row(uow, lead_id, row)
        except Refusal as refusal:
            row.reject(refusal.message)

    async def _create(self, uow: UnitOfWork, batch: Batch, rows: Sequence[Row], step: Step) -> None:
        """Create the leads of rows without a known reference."""
        wanted = [row for row in rows if not row.errors and row.reference not in batch.known]
        for row in wanted:
            if row.reference in batch.unusable:
                message = "A deleted lead has this reference. Restore that lead, or leave the cell empty for a new one."
                row.reject(message, self.parser.heading(F.REFERENCE))
        async with lookups.custom_plans(uow.connection):
            references = await _unused_references(uow, len(wanted))
        builder = LeadBuilder(uow, await find_names(uow, wanted), self.parser, references)
        new = [one for row in wanted if not row.errors and (one := await builder.build(row)) is not None]
        async with lookups.custom_plans(uow.connection):
            fresh = await _without_duplicates(uow, new, step)
            scopes = await _scopes(uow, fresh, step)
        fresh = [one for one in fresh if one.row.number in scopes]
        await self._insert(uow, fresh, scopes, step)
        step.created += len(fresh)

    async def _insert(self, uow: UnitOfWork, new: Sequence[NewLead], scopes: Mapping[int, str | None], step: Step) -> None:
        leads = [replace(one.lead, id=self._id_in_order(one.lead, step)) if one.keeps_reference else one.lead for one in new]
        rows = zip(leads, new, strict=True)
        await uow.insert_many([NewRow(lead, scopes[one.row.number], one.texts, one.routing, not one.keeps_reference) for lead, one in rows])
        await insert_memberships(uow, [(lead, one.campaign) for lead, one in zip(leads, new, strict=True) if one.campaign is not None])
        notes = [(lead, one.row.values[F.NOTE]) for lead, one in zip(leads, new, strict=True) if one.row.values.get(F.NOTE)]
        await insert_notes(uow, notes)
        await insert_claims(uow, leads)

    def _id_in_order(self, lead: Lead, step: Step) -> UUID:
        """Return an id that sorts as the file does: lists show the newest first and, of equal times, the largest id.

        Steps are random, so that two ids do not tell how many leads are between them.
        """
        last, new_id = step.last or self.last, uuid7()
        if last is not None and last[0] == lead.created_at:
            step_down = 1 + secrets.randbelow(_LARGEST_STEP)
            new_id = UUID(int=(last[1].int & ~_RANDOM_BITS) | ((last[1].int & _RANDOM_BITS) - step_down) & _RANDOM_BITS)
        else:
            new_id = UUID(int=new_id.int | 1 << 61)  # room below it
        step.last = (lead.created_at, new_id)
        return new_id


def _run(batch: Batch, viewer: Viewer) -> Sequence[Row]:
    """Return the rows of one transaction: one update, or all up to the next update or repeated reference.

    PostgreSQL orders the event log by transaction, so a transaction may lock one lead only (see `leads.bulk`).
    """
    if _changed_lead(batch, batch.rows[0], viewer) is not None:
        return batch.rows[:1]
    seen: set[str] = set()
    for at, row in enumerate(batch.rows):
        if _changed_lead(batch, row, viewer) is not None or row.reference in seen:
            return batch.rows[:at]
        if row.reference is not None and not row.errors:
            seen.add(row.reference)
    return batch.rows


def _changed_lead(batch: Batch, row: Row, viewer: Viewer) -> Lead | None:
    """Return the lead that the row changes; None for a new one, and for a row that equals its lead."""
    known = None if row.errors or row.reference is None else batch.known.get(row.reference)
    return known.lead if known is not None and is_changed(known, row, viewer) else None


async def _without_duplicates(uow: UnitOfWork, new: Sequence[NewLead], step: Step) -> list[NewLead]:
    """Return the leads that the actor does not have yet, and count the others.

    A lead that keeps its reference is known by it, and by nothing else.
    """
    asked = [one for one in new if not one.keeps_reference]
    external = {one.lead.external_reference for one in asked if one.lead.external_reference is not None}
    known = await lookups.visible_external_references(uow, external)
    requests = {one.row.number: _request(one) for one in new}
    repeated = await lookups.repeated_requests(uow, [requests[one.row.number] for one in asked])
    fresh: list[NewLead] = []
    made: dict[object, list[datetime]] = {}
    for one in new:
        request = requests[one.row.number]
        key = (request.email_key or request.phone_key, request.listing_id, None if request.listing_id else request.title_key)
        is_known = one.lead.external_reference is not None and one.lead.external_reference in known
        times = made.setdefault(key, []) if key[0] is not None else []
        is_repeated = request.number in repeated or any(request.since <= at <= request.until for at in times)
        if not one.keeps_reference and (is_known or is_repeated):
            step.duplicates += 1
            continue
        times.append(one.lead.created_at)
        if one.lead.external_reference is not None:
            known.add(one.lead.external_reference)
        fresh.append(one)
    return fresh


def _request(new: NewLead) -> Request:
    lead = new.lead
    email = email_key(lead.email) if lead.email else None
    phone = None if email else phone_keys(lead.phone_given or lead.phone, lead.country).dialed
    title = fold(lead.listing_name) if lead.listing_name else None
    return Request(
        new.row.number, email, phone, lead.listing_id, title, lead.created_at - REPEATED_WITHIN, lead.created_at + REPEATED_WITHIN
    )


async def _scopes(uow: UnitOfWork, new: Sequence[NewLead], step: Step) -> dict[int, str | None]:
    """Return the scope of each lead's external reference by row, without duplicates.

    A file does not say in which scope a lead had its reference: one that keeps its own takes the first that is free, or none.
    """
    viewer = uow.actor
    given = {one.lead.external_reference for one in new if one.lead.external_reference is not None}
    taken = await lookups.external_references(uow.connection, given)
    scope = VENDOR_SCOPE if viewer.is_vendor else str(viewer.partner_id)
    scopes: dict[int, str | None] = {}
    given_up: set[UUID] = set()
    for one in new:
        lead, reference = one.lead, one.lead.external_reference
        if reference is None:
            scopes[one.row.number] = None
            continue
        possible = [scope, *((str(lead.partner_id),) if one.keeps_reference and lead.partner_id is not None else ())]
        for candidate in possible:
            key = ExternalReference(lead.source.value, reference, candidate)
            holder = taken.get(key)
            if key not in taken or holder is not None:
                given_up |= {holder} if holder is not None else set()
                taken[key] = None
                scopes[one.row.number] = candidate
                break
        else:
            if one.keeps_reference:
                scopes[one.row.number] = None
            else:
                step.duplicates += 1
    await lookups.give_up_external_references(uow.connection, given_up)
    return scopes


async def _unused_references(uow: UnitOfWork, count: int) -> list[str]:
    """Return so many new random references."""
    unused: set[str] = set()
    while len(unused) < count:
        made = {random_reference() for _ in range(count - len(unused))}
        unused |= made - await lookups.taken_references(uow.connection, made)
    return list(unused)
