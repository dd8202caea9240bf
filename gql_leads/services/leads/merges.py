"""Merging of duplicates into one lead, and undoing it within 30 days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from gql_leads.domain import merging
from gql_leads.domain.errors import Invalid, InvalidField, InvalidTransition, NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.contact_details import assess_lead
from gql_leads.services.preconditions import check_version
from gql_leads.store import idempotency
from gql_leads.store.leads import lists, merges
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.rows import Row
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork

MOST_DUPLICATES: Final = 20


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The ids of the primary and of the leads merged into it."""

    primary_id: UUID
    duplicate_ids: tuple[UUID, ...]
    dry_run_rows: Mapping[tuple[str, UUID], Row] = field(default_factory=dict)
    """The rows a dry run wrote before its rollback, by table and id."""


class _DryRunDone(Exception):
    """End a dry run by rolling its transaction back."""

    def __init__(self, result: MergeResult) -> None:
        super().__init__()
        self.result = result


async def merge_leads(
    app: AppContext,
    viewer: Viewer,
    primary_id: UUID,
    duplicate_ids: Sequence[UUID],
    expected_version: int | None = None,
    idempotency_key: str | None = None,
    *,
    dry_run: bool = False,
) -> MergeResult:
    """Merge the duplicates into the primary; a dry run returns the result, rolls back, and ignores the key."""
    _check(primary_id, duplicate_ids, idempotency_key)
    result = MergeResult(primary_id, tuple(dict.fromkeys(duplicate_ids)))
    key, request = None if dry_run else idempotency_key, request_hash("mergeLeads", primary_id, result.duplicate_ids)
    try:
        async with app.unit_of_work(viewer) as uow:
            if await idempotency.lookup(uow, key, request) is not None:
                return result
            await uow.lock_table()
            # A concurrent request with the same key may have ended while this one waited for the lock.
            if await idempotency.lookup(uow, key, request) is not None:
                return result
            locked = await _lock_all(uow, primary_id, result.duplicate_ids)
            _require_mergeable(uow, locked, expected_version)
            await idempotency.reserve(uow, key, request)
            primary, *duplicates = (one.lead for one in locked)
            await _merge(uow, primary, duplicates)
            if dry_run:
                raise _DryRunDone(await _with_rows(uow, result))
            await idempotency.store_result(uow, key, primary_id)
    except _DryRunDone as done:
        return done.result
    return result


async def unmerge_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Make a merged lead what it was, with what was its own, and return its id.

    The primary loses what it took from it, unless it was changed since. One that another holder has by now keeps its attributes.
    """
    async with app.unit_of_work(viewer) as uow:
        await uow.lock_table()
        locked = await uow.lock_lead(lead_id)
        lead = locked.lead
        lifecycle.require_role(LeadAction.MERGE, viewer, lead, reduced=locked.is_reduced)
        merge = await merges.last_merge(uow, lead_id) if lead.outcome is LeadOutcome.DUPLICATE else None
        if merge is None:
            raise _refused(uow, lead, "It was not merged into another lead.")
        if not merges.may_be_undone(uow, merge, merging.UNMERGE_WITHIN):
            raise _refused(uow, lead, f"It was merged more than {merging.UNMERGE_WITHIN.days} days ago, which is final.")
        primary = await merges.lock_primary(uow, merge)
        if primary.outcome is LeadOutcome.DUPLICATE:
            raise _refused(uow, lead, "The lead that it was merged into was merged, too: unmerge that one first.")
        is_near = primary.partner_id == lead.partner_id and primary.deleted_at is None
        await merges.move_back(uow, merge, with_campaigns=is_near)
        back = merging.unmerged(lead, merge.before, uow.now, uow.rules)
        if is_near:
            back = replace(back, campaign_ids=(*lead.campaign_ids, *merge.campaign_ids))
        was = FieldChange("duplicateOf", primary.reference, None)
        await uow.save(lead, back, TimelineKind.UNMERGED, extra_changes=(was,))
        if is_near:
            left = tuple(one for one in primary.campaign_ids if one not in merge.campaign_ids)
            emptied = primary if primary.is_archived else _assessed(primary, merging.emptied(primary, lead, merge.stored.filled))
            gone = FieldChange("merged", lead.reference, None)
            await uow.save(primary, replace(emptied, campaign_ids=left), TimelineKind.UNMERGED, extra_changes=(gone,))
        await merges.undo(uow, merge)
    return lead_id


def _check(primary_id: UUID, duplicate_ids: Sequence[UUID], idempotency_key: str | None) -> None:
    validator = Validator()
    validator.count(duplicate_ids, "duplicateIds", most=MOST_DUPLICATES)
    if not duplicate_ids:
        validator.add_error("Give at least one lead to merge into the primary.", "duplicateIds")
    for number, one in enumerate(duplicate_ids):
        if one == primary_id:
            validator.add_error("Choose another lead: this one is the primary.", "duplicateIds", str(number))
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()


async def _lock_all(uow: UnitOfWork, primary_id: UUID, duplicate_ids: Sequence[UUID]) -> list[LockedLead]:
    """Lock the primary and the duplicates; raise NotFound at the first that the viewer cannot see."""
    places = [(primary_id, ("primaryId",)), *((one, ("duplicateIds", str(number))) for number, one in enumerate(duplicate_ids))]
    locked: list[LockedLead] = []
    for lead_id, place in places:
        try:
            locked.append(await uow.lock_lead(lead_id))
        except NotFound:
            raise NotFound(field=place) from None
    return locked


def _require_mergeable(uow: UnitOfWork, locked: Sequence[LockedLead], expected_version: int | None) -> None:
    """Raise the first refusal: role, version, stage, and then what does not belong together."""
    for one in locked:
        lifecycle.require_role(LeadAction.MERGE, uow.actor, one.lead, reduced=one.is_reduced)
    primary = locked[0].lead
    check_version(primary, expected_version)
    for one in locked:
        lifecycle.require_stage(LeadAction.MERGE, uow.actor, one.lead, uow.rules, uow.now)
    faults: list[InvalidField] = []
    for number, one in enumerate(locked[1:]):
        place = ("duplicateIds", str(number))
        if (one.lead.partner_id, one.lead.queue_id) != (primary.partner_id, primary.queue_id):
            faults.append(InvalidField(place, "Choose leads of one partner or of one queue: this one is not where the primary is."))
        elif one.lead.is_test != primary.is_test:
            faults.append(InvalidField(place, "Choose test leads only, or none: reports do not count them."))
    if faults:
        raise Invalid(faults)
    for one in locked[1:]:
        if one.lead.stage is LeadStage.ACCEPTED and primary.stage is LeadStage.RECEIVED:
            raise _refused(uow, one.lead, "A lead that was accepted can only be merged into an accepted one: make it the primary.")


def _refused(uow: UnitOfWork, lead: Lead, message: str) -> InvalidTransition:
    return InvalidTransition(message, lead.stage, lifecycle.allowed_actions(uow.actor, lead, uow.rules))


async def _merge(uow: UnitOfWork, primary: Lead, duplicates: Sequence[Lead]) -> None:
    after = primary
    for lead in duplicates:
        moved = await merges.move_history(uow, lead, after)
        after, names = merging.filled(after, lead)
        joined = tuple(one for one in lead.campaign_ids if str(one) in moved[merges.CAMPAIGNS])
        after = replace(after, campaign_ids=(*after.campaign_ids, *joined))
        done = replace(
            merging.merged(lead, primary, uow.actor.member_id, uow.now),
            campaign_ids=tuple(one for one in lead.campaign_ids if one not in joined),
        )
        await merges.record(uow, lead, primary.id, names, moved)
        await uow.save(lead, done, TimelineKind.MERGED, extra_changes=(FieldChange("duplicateOf", None, primary.reference),))
    references = ", ".join(one.reference for one in duplicates)
    await uow.save(primary, _assessed(primary, after), TimelineKind.MERGED, extra_changes=(FieldChange("merged", None, references),))


def _assessed(before: Lead, after: Lead) -> Lead:
    """Return the lead with its quality computed anew if its customer's values changed."""
    is_changed = any(getattr(before, name) != getattr(after, name) for name in merging.FILLED)
    return assess_lead(after) if is_changed else after


async def _with_rows(uow: UnitOfWork, result: MergeResult) -> MergeResult:
    """Add the rows of a dry run to its result; they are gone after the rollback."""
    reader = LeadReader(uow.connection, uow.actor, uow.now, uow.rules)
    rows = await lists.by_id(reader, [result.primary_id, *result.duplicate_ids], lists.WHOLE)
    return replace(result, dry_run_rows={("lead", lead_id): row for lead_id, row in rows.items()})
