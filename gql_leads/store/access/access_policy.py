"""The access policy in SQL: which leads a viewer sees, how much of them, and whether the contact is hidden.

It mirrors `domain.leads.visibility`; a property test compares the two. The alias of the lead is `l`. Raw SQL because these conditions are
part of every hand-written statement on leads (benchmarks q1 to q4).
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, any_of, is_one_of, negation

PRESENT = Sql("l.deleted_at IS NULL")
DELETED = Sql("l.deleted_at IS NOT NULL AND l.purged_at IS NULL")
SEARCHED: tuple[str, ...] = ("search_open", "search_person")
"""Search columns: texts that every viewer of the lead may search, and texts that are hidden with the contact."""
SEARCHED_WAITING = SEARCHED[:1]
"""Search columns of leads that wait in a queue, for a partner.

The contact is hidden until the lead is claimed.
"""
MOST_BRANCHES = 8
"""Largest number of queues that get a condition each; more queues share one condition."""
MEMOIZED = 1_024
Made = TypeVar("Made", bound=Callable[..., Any])


def memoized(make: Made) -> Made:
    """Cache the SQL that a function builds from a viewer and other hashable arguments, with encoded parameters."""

    @lru_cache(maxsize=MEMOIZED)
    @wraps(make)
    def made(*given: Any, **named: Any) -> Any:
        return _encoded(make(*given, **named))

    return cast("Made", made)


def _encoded(piece: Any) -> Any:
    """Encode the parameters of a fragment, or of each fragment of a tuple."""
    if isinstance(piece, Sql):
        return piece.encoded()
    return tuple(map(_encoded, piece)) if isinstance(piece, tuple) else piece


@memoized
def visible_to(viewer: Viewer) -> Sql:
    """Return the condition for leads that the viewer sees."""
    return all_of(PRESENT, any_of(full_view(viewer), _sent(viewer)))


@memoized
def disjoint_predicates(viewer: Viewer, *, with_waiting: bool) -> tuple[Sql, ...]:
    """Return `visible_to` as disjoint conditions that an index serves.

    Without waiting leads if the query asks for none.
    """
    if viewer.is_vendor:
        return (visible_to(viewer),)
    own = Sql("l.partner_id = ?", (viewer.partner_id,))
    sent = all_of(_sent(viewer), negation(full_view(viewer)))
    return tuple(all_of(condition, PRESENT) for condition in (own, *(waiting(viewer) if with_waiting else ()), sent))


@memoized
def waiting(viewer: Viewer) -> tuple[Sql, ...]:
    """Return disjoint, indexed conditions for leads that wait in queues open to the viewer."""
    queues = sorted(viewer.open_queues)
    return tuple(is_one_of("l.queue_id", [queue]) for queue in queues) if len(queues) <= MOST_BRANCHES else (claimable(viewer),)


def counted(viewer: Viewer) -> tuple[Sql, ...]:
    """Return disjoint conditions for leads that the viewer's reports count.

    The vendor's reports count deleted leads too.
    """
    if not viewer.is_vendor:
        return disjoint_predicates(viewer, with_waiting=True)
    return (any_of(full_view(viewer), _sent(viewer)),)


def restorable(viewer: Viewer) -> Sql:
    """Return the condition for deleted leads that the viewer may restore."""
    if not viewer.may_restore:
        return FALSE
    return DELETED if viewer.is_vendor else all_of(Sql("l.partner_id = ?", (viewer.partner_id,)), DELETED)


@memoized
def full_view(viewer: Viewer) -> Sql:
    """Return the condition for leads that the viewer sees in full, not in the sender's reduced view."""
    if viewer.is_vendor:
        return TRUE if viewer.sees_everything else FALSE
    return any_of(Sql("l.partner_id = ?", (viewer.partner_id,)), claimable(viewer))


@memoized
def claimable(viewer: Viewer) -> Sql:
    """Return the condition for leads that wait in a queue open to the viewer."""
    return in_open_queue(viewer, "l.queue_id")


def in_open_queue(viewer: Viewer, queue_id: str) -> Sql:
    """Return the condition that the column names a queue open to the viewer; `viewers.IS_OPEN` decides which are."""
    return is_one_of(queue_id, sorted(viewer.open_queues))


@memoized
def sender_visible(viewer: Viewer) -> Sql:
    """Return the condition that the viewer may know who sent the lead."""
    return TRUE if viewer.is_vendor else Sql("(l.sender_partner_id IS NULL OR l.sender_partner_id = ?)", (viewer.partner_id,))


def contact_hidden(viewer: Viewer) -> str:
    """Return a condition that is true where the contact is hidden from the viewer; it is never NULL."""
    unclaimed = "" if viewer.is_vendor else " OR l.partner_id IS NULL"
    return f"(l.erased_at IS NOT NULL OR COALESCE(l.outcome, '') = 'EXPIRED'{unclaimed})"


def hidden_reason(viewer: Viewer) -> str:
    """Return an expression for the reason why the contact is hidden, NULL if it is not."""
    unclaimed = "" if viewer.is_vendor else " WHEN l.partner_id IS NULL THEN 'UNCLAIMED'"
    return f"CASE WHEN l.erased_at IS NOT NULL THEN 'ERASED' WHEN l.outcome = 'EXPIRED' THEN 'EXPIRED'{unclaimed} END"


def unless_hidden(viewer: Viewer, expression: str) -> str:
    """Return the expression, masked as NULL where the contact is hidden."""
    return f"CASE WHEN {contact_hidden(viewer)} THEN NULL ELSE {expression} END"


@memoized
def as_shown(viewer: Viewer, column: str) -> Sql:
    """Return the expression of `version` or `updated_at` as the viewer sees it: a sender's ignores hidden work."""
    full, of_sender = full_view(viewer), f"COALESCE(l.sent_{column}, l.{column})"
    if full in (TRUE, FALSE):
        return Sql(f"l.{column}" if full == TRUE else of_sender)
    return "CASE WHEN " + full + f" THEN l.{column} ELSE {of_sender} END"


def history(viewer: Viewer, alias: str) -> Sql:
    """Return the condition for history entries that the viewer may read; combine it with `full_view`.

    A partner reads what was recorded while it held the lead, the vendor reads everything.
    """
    return TRUE if viewer.is_vendor else Sql(f"{alias}.partner_id = ?", (viewer.partner_id,))


def _sent(viewer: Viewer) -> Sql:
    if not viewer.is_vendor:
        return Sql("l.sender_partner_id = ?", (viewer.partner_id,))
    return Sql("l.sender_id = ?", (viewer.member_id,)) if viewer.has(MemberRole.SELLER) else FALSE
