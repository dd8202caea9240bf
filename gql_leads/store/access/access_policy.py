"""`domain.leads.visibility` in SQL: who sees a lead, how much of it, and whether they see the person. The lead's alias is `l`."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, any_of, is_one_of, negation

PRESENT = Sql("l.deleted_at IS NULL")
DELETED = Sql("l.deleted_at IS NOT NULL AND l.purged_at IS NULL")
SEARCHED: tuple[str, ...] = ("search_open", "search_person")
"""Where a search looks: in what everybody is shown who sees the lead, and in what is hidden with the contact."""
SEARCHED_WAITING = SEARCHED[:1]
"""Where it looks in what waits, for a partner: nobody's contact is shown before it is claimed."""
MOST_BRANCHES = 8
"""Queues that are walked one by one; more than these are walked together."""
MEMOIZED = 1_024
Made = TypeVar("Made", bound=Callable[..., Any])


def memoized(make: Made) -> Made:
    """For pieces of SQL that the viewer alone decides, and what else is an argument: put together, and encoded, once for each."""

    @lru_cache(maxsize=MEMOIZED)
    @wraps(make)
    def made(*given: Any, **named: Any) -> Any:
        return _encoded(make(*given, **named))

    return cast("Made", made)


def _encoded(piece: Any) -> Any:
    """The same, or each of several, its parameters encoded."""
    if isinstance(piece, Sql):
        return piece.encoded()
    return tuple(map(_encoded, piece)) if isinstance(piece, tuple) else piece


@memoized
def visible_to(viewer: Viewer) -> Sql:
    """The leads in the viewer's sight."""
    return all_of(PRESENT, any_of(full_view(viewer), _sent(viewer)))


@memoized
def disjoint_predicates(viewer: Viewer, *, with_waiting: bool) -> tuple[Sql, ...]:
    """The audience as disjoint conditions, each of which an index serves; without what waits in queues where none of that is asked for."""
    if viewer.is_vendor:
        return (visible_to(viewer),)
    own = Sql("l.partner_id = ?", (viewer.partner_id,))
    sent = all_of(_sent(viewer), negation(full_view(viewer)))
    return tuple(all_of(condition, PRESENT) for condition in (own, *(waiting(viewer) if with_waiting else ()), sent))


@memoized
def waiting(viewer: Viewer) -> tuple[Sql, ...]:
    """What waits in queues open to the viewer, as disjoint conditions, each of which an index serves."""
    queues = sorted(viewer.open_queues)
    return tuple(is_one_of("l.queue_id", [queue]) for queue in queues) if len(queues) <= MOST_BRANCHES else (claimable(viewer),)


def counted(viewer: Viewer) -> tuple[Sql, ...]:
    """The leads that the viewer's reports count, as disjoint conditions: for the vendor, those that were deleted stay among them."""
    if not viewer.is_vendor:
        return disjoint_predicates(viewer, with_waiting=True)
    return (any_of(full_view(viewer), _sent(viewer)),)


def restorable(viewer: Viewer) -> Sql:
    """The deleted leads that the viewer may bring back."""
    if not viewer.may_restore:
        return FALSE
    return DELETED if viewer.is_vendor else all_of(Sql("l.partner_id = ?", (viewer.partner_id,)), DELETED)


@memoized
def full_view(viewer: Viewer) -> Sql:
    """The leads the viewer sees more of than what they sent."""
    if viewer.is_vendor:
        return TRUE if viewer.sees_everything else FALSE
    return any_of(Sql("l.partner_id = ?", (viewer.partner_id,)), claimable(viewer))


@memoized
def claimable(viewer: Viewer) -> Sql:
    """The leads that wait in a queue open to the viewer."""
    return in_open_queue(viewer, "l.queue_id")


def in_open_queue(viewer: Viewer, queue_id: str) -> Sql:
    """Return the condition that the column names a queue open to the viewer; `viewers.IS_OPEN` decides which are."""
    return is_one_of(queue_id, sorted(viewer.open_queues))


def contact_hidden(viewer: Viewer) -> str:
    """True where the viewer may not see who the person is; never NULL."""
    unclaimed = "" if viewer.is_vendor else " OR l.partner_id IS NULL"
    return f"(l.erased_at IS NOT NULL OR COALESCE(l.outcome, '') = 'EXPIRED'{unclaimed})"


def hidden_reason(viewer: Viewer) -> str:
    """Why the contact is hidden, or NULL."""
    unclaimed = "" if viewer.is_vendor else " WHEN l.partner_id IS NULL THEN 'UNCLAIMED'"
    return f"CASE WHEN l.erased_at IS NOT NULL THEN 'ERASED' WHEN l.outcome = 'EXPIRED' THEN 'EXPIRED'{unclaimed} END"


def unless_hidden(viewer: Viewer, expression: str) -> str:
    """A fact of the contact, NULL where it is hidden."""
    return f"CASE WHEN {contact_hidden(viewer)} THEN NULL ELSE {expression} END"


def history(viewer: Viewer, alias: str) -> Sql:
    """What was made while the viewer's partner held the lead; everything, for the vendor. Senders see none (`full_view`)."""
    return TRUE if viewer.is_vendor else Sql(f"{alias}.partner_id = ?", (viewer.partner_id,))


def _sent(viewer: Viewer) -> Sql:
    if not viewer.is_vendor:
        return Sql("l.sender_partner_id = ?", (viewer.partner_id,))
    return Sql("l.sender_id = ?", (viewer.member_id,)) if viewer.has(MemberRole.SELLER) else FALSE
