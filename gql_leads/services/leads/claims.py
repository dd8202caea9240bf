"""Claims of queued leads, first come, first served, and their release."""

from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain import permissions
from gql_leads.domain.claims import check_limit
from gql_leads.domain.errors import ClaimLimitReached, LeadAlreadyClaimed, NotFound, QueueEmpty, Refusal
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle, transitions
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.filters import EVERYTHING, Filter
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash, validate_key
from gql_leads.services.preconditions import require
from gql_leads.store import claims, idempotency, queues
from gql_leads.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claimed lead and the queue it came from."""

    lead_id: UUID
    queue_id: UUID


async def claim_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> ClaimResult:
    """Claim the given lead; of concurrent claims exactly one succeeds, the others get LeadAlreadyClaimed.

    A claim that the owner repeats changes nothing.
    """
    async with app.unit_of_work(viewer) as uow:
        try:
            locked = await uow.lock_lead(lead_id)
        except NotFound as not_found:
            raise await refusal_of_late_claim(uow, lead_id, not_found) from None
        lifecycle.require_role(LeadAction.CLAIM, viewer, locked.lead, reduced=locked.is_reduced)
        if lifecycle.is_claimed_by(viewer, locked.lead, uow.now):
            return _result(locked.lead)
        if not locked.lead.is_waiting:
            refused = lifecycle.transition_refused(LeadAction.CLAIM, viewer, locked.lead, uow.rules)
            raise await refusal_of_late_claim(uow, lead_id, refused)
        require(uow, locked, LeadAction.CLAIM)
        lead = await claim_waiting_lead(uow, locked.lead)
    return _result(lead)


async def claim_next_lead(
    app: AppContext,
    viewer: Viewer,
    queue_id: UUID | None = None,
    asked: Filter = EVERYTHING,
    idempotency_key: str | None = None,
) -> ClaimResult:
    """Claim the oldest matching lead from one queue, or from all queues open to the viewer's partner.

    Queues whose limit is reached are skipped. Raise ClaimLimitReached if only such queues have leads, QueueEmpty if none has.
    """
    validator = Validator()
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("claimNextLead", queue_id, asked)
    if (before := await _earlier_result(app, viewer, idempotency_key, request)) is not None:
        return before
    if queue_id is not None and queue_id not in (await queues.by_id(app.reader(viewer), [queue_id])):
        raise NotFound(field=("queueId",))
    permissions.LEAD_ACTIONS[LeadAction.CLAIM].require(viewer)
    wanted = viewer.open_queues if queue_id is None else {queue_id}
    unavailable: dict[UUID, ClaimLimitReached | None] = {}
    while open_now := sorted(wanted - unavailable.keys()):
        try:
            return await _claim_oldest(app, viewer, open_now, asked, idempotency_key, request)
        except _QueueUnavailable as queue:
            unavailable[queue.queue_id] = queue.limit
        except QueueEmpty:
            break
    raise next((limit for limit in unavailable.values() if limit is not None), QueueEmpty())


async def release_lead(app: AppContext, viewer: Viewer, lead_id: UUID, idempotency_key: str | None = None) -> UUID:
    """Return a claimed lead to its queue; the time to answer restarts."""
    validate_key(idempotency_key)
    request = request_hash("releaseLead", lead_id)
    async with app.unit_of_work(viewer) as uow:
        if (released_id := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return released_id
        locked = await uow.lock_lead(lead_id)
        # A concurrent request with the same key may have ended while this one waited for the lock.
        if (released_id := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return released_id
        require(uow, locked, LeadAction.RELEASE)
        lead = locked.lead
        if (released_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return released_id
        await uow.save(lead, transitions.released(lead, uow.now, uow.rules), TimelineKind.RELEASED)
        await idempotency.store_result(uow, idempotency_key, lead_id)
    return lead_id


async def claim_waiting_lead(uow: UnitOfWork, lead: Lead) -> Lead:
    """Claim a locked, queued lead for the viewer.

    Raise NotFound if its queue is closed to the viewer's partner, ClaimLimitReached if the partner is at its limit.
    """
    viewer, queue_id = uow.actor, lead.queue_id
    assert queue_id is not None
    policy = await uow.policy_of(queue_id)
    if not policy.admit(viewer.partner_id):
        raise NotFound(field=("leadId",))
    # Write first, check the limit after: the counter's row lock makes concurrent claims wait, and the exception rolls back.
    claimed = await uow.save(lead, transitions.claimed(lead, viewer.partner_id, viewer.member_id, uow.now), TimelineKind.CLAIMED)
    check_limit(policy.limits, uow.usage(claimed), uow.now)
    return claimed


async def refusal_of_late_claim(uow: UnitOfWork, lead_id: UUID, otherwise: Refusal) -> Refusal:
    """Return LeadAlreadyClaimed if the lead left a queue open to the viewer by a claim, else `otherwise`."""
    claimed_at = await claims.last_visible_claim(uow.connection, uow.actor, lead_id)
    return otherwise if claimed_at is None else LeadAlreadyClaimed(claimed_at)


class _QueueUnavailable(Exception):
    """The oldest lead cannot be claimed: its queue has reached `limit`, or was closed to the partner (None)."""

    def __init__(self, queue_id: UUID, limit: ClaimLimitReached | None) -> None:
        super().__init__()
        self.queue_id = queue_id
        self.limit = limit


async def _claim_oldest(
    app: AppContext, viewer: Viewer, open_queues: list[UUID], asked: Filter, key: str | None, request: str
) -> ClaimResult:
    async with app.unit_of_work(viewer) as uow:
        locked = await claims.lock_oldest(uow, open_queues, asked)
        if locked is None:
            # A concurrent request with the same key may have claimed the last lead while this one waited for the lock.
            if (claimed_id := await idempotency.lookup(uow, key, request)) is not None:
                return await _result_of(uow, claimed_id)
            raise QueueEmpty()
        require(uow, locked, LeadAction.CLAIM)
        if (claimed_id := await idempotency.reserve(uow, key, request)) is not None:
            return await _result_of(uow, claimed_id)
        lead = await _claim_if_queue_open(uow, locked.lead)
        await idempotency.store_result(uow, key, lead.id)
    return _result(lead)


async def _claim_if_queue_open(uow: UnitOfWork, lead: Lead) -> Lead:
    assert lead.queue_id is not None
    try:
        return await claim_waiting_lead(uow, lead)
    except ClaimLimitReached as limit:
        raise _QueueUnavailable(lead.queue_id, limit) from limit
    except NotFound as closed:
        raise _QueueUnavailable(lead.queue_id, None) from closed


async def _earlier_result(app: AppContext, viewer: Viewer, key: str | None, request: str) -> ClaimResult | None:
    """Return the stored result of the key, even if the queue was closed since."""
    if key is None:
        return None
    async with app.unit_of_work(viewer) as uow:
        claimed_id = await idempotency.lookup(uow, key, request)
        return None if claimed_id is None else await _result_of(uow, claimed_id)


async def _result_of(uow: UnitOfWork, lead_id: UUID) -> ClaimResult:
    return ClaimResult(lead_id, await claims.queue_of(uow.connection, lead_id))


def _result(lead: Lead) -> ClaimResult:
    assert lead.origin_queue_id is not None
    return ClaimResult(lead.id, lead.origin_queue_id)
