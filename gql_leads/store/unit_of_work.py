"""The unit of work: one transaction that writes leads with their history, events and claim counters.

    async with app.unit_of_work(viewer) as uow:
        locked = await uow.lock_lead(lead_id)                   # locked, and visible to the viewer
        await uow.save(locked.lead, replace(locked.lead, status=…), TimelineKind.STATUS_CHANGED)

`save` compares two `Lead` values and derives from the difference what to write: columns, version, `reached_at`, `queued_at`, history entry,
event and claim counters. Every transaction locks in one order: the lead, then counters by key; another order could deadlock on PostgreSQL.

The statements are raw SQL because `save` sends all of them to PostgreSQL in one round trip, and a lock and its query are one statement
(`make bench`, claims).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.claims import ClaimUsage, QueuePolicy, day_of, open_claim
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import KNOWN_BEFORE, Event, TimelineKind, snapshot
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.leads.versions import VersionCounter
from gql_leads.domain.outbox.notifications import CHANNEL_MANAGERS, Notice, Notification, notice_of
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.store import queues
from gql_leads.store.access import access_policy
from gql_leads.store.access.viewers import viewers_of
from gql_leads.store.database.connection import Connection
from gql_leads.store.events import event_log, notifications
from gql_leads.store.events.event_log import AnyEvent
from gql_leads.store.leads.derived_columns import derived_columns
from gql_leads.store.leads.masked_texts import hides_contact, masked_texts, masked_texts_by_history
from gql_leads.store.organization import directory
from gql_leads.store.outbox import mails
from gql_leads.store.sql import builder
from gql_leads.store.sql.builder import TRUE, Sql, all_of
from gql_leads.store.sql.rows import Row, as_uuid, attributes_of, decode

FOLDED = frozenset(name for name, one in ATTRIBUTES.items() if one.is_folded) | {"phone_given", "country", "message"}
"""Attributes from which `derived` computes other columns."""
ENTRY = (
    "INSERT INTO timeline_entry (lead_id, partner_id, kind, later_kind, occurred_at, actor_id, changes, note_id, activity_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
CLAIM = "INSERT INTO claim (lead_id, queue_id, partner_id, member_id, claimed_at) VALUES (?, ?, ?, ?, ?)"
LEAD = ", ".join(f"l.{field.name}" for field in fields(Lead))
"""The columns of a lead's attributes; derived columns are never read back."""
HOLDER_IS_ACTIVE = "(SELECT p.is_active FROM partner p WHERE p.id = l.partner_id) AS holder_is_active"


@dataclass(frozen=True, slots=True)
class Annotation:
    """The note or activity that a history entry is about, and the partner whose history it belongs to."""

    partner_id: UUID | None
    note_id: UUID | None = None
    activity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewRow:
    """A lead to insert, the scope of its external reference, and columns that are not derived from the lead."""

    lead: Lead
    scope: str | None
    texts: Mapping[str, object]
    routing: Sequence[FieldChange] = ()
    is_announced: bool = True
    """False for a lead of which its partner was notified elsewhere."""


@dataclass(frozen=True, slots=True)
class LockedLead:
    """A lead that is locked until the transaction ends; `is_reduced` if the viewer sees it only as its sender."""

    lead: Lead
    is_reduced: bool


class UnitOfWork:
    """One transaction by one viewer (None: the service itself) at one instant."""

    def __init__(self, connection: Connection, viewer: Viewer | None, now: datetime, rules: Rules) -> None:
        self.connection = connection
        self.viewer = viewer
        self.now = now
        self.rules = rules
        self._events: list[AnyEvent] = []
        self._entries: list[tuple[object, ...]] = []
        self._notifications: list[Notification] = []
        self._mails: list[tuple[object, ...]] = []
        self._has_events = False
        self._versions = VersionCounter()
        self._policies: dict[UUID, QueuePolicy] = {}
        self._usages: dict[tuple[UUID, UUID], ClaimUsage] = {}
        self._is_active: dict[UUID, bool] = {}
        """Whether a partner is active; stable, because `lock_table` precedes a change of it."""
        if viewer is not None and viewer.partner_id is not None:
            self._is_active[viewer.partner_id] = True
        self._active_members: dict[UUID, bool] = {}

    @property
    def actor(self) -> Viewer:
        """Return the viewer of a unit of work that only members open."""
        assert self.viewer is not None, "a unit of work of the service itself has no actor"
        return self.viewer

    async def lock_lead(self, lead_id: UUID, *, deleted: bool = False) -> LockedLead:
        """Lock a lead and return it; raise NotFound if the viewer cannot see it (with `deleted`: may not restore it)."""
        viewer = self.actor
        visible = access_policy.restorable(viewer) if deleted else access_policy.visible_to(viewer)
        locked = await self.lock_first(all_of(Sql("l.id = ?", (lead_id,)), visible))
        if locked is None:
            raise NotFound(field=("leadId",))
        return locked

    async def lock_first(self, where: Sql, order: str = "", *, skip_locked: bool = False) -> LockedLead | None:
        """Lock the first lead that matches, or return None; with `skip_locked`, do not wait for others."""
        locked = await self.lock_some(where, order, 1, skip_locked=skip_locked)
        return locked[0] if locked else None

    async def lock_some(self, where: Sql, order: str, most: int, *, skip_locked: bool = False) -> list[LockedLead]:
        """Lock and return at most so many leads that match."""
        full_view = TRUE if self.viewer is None else access_policy.full_view(self.viewer)
        dialect = self.connection.dialect
        locking = f"FOR UPDATE OF l{' SKIP LOCKED' if skip_locked else ''}" if dialect == "postgres" else ""
        selected = f"SELECT {LEAD}, " + full_view + f" AS is_full_view, {HOLDER_IS_ACTIVE}, {queues.policy_columns(dialect)} FROM lead l"
        statement = selected + " LEFT JOIN lead_queue q ON q.id = l.queue_id WHERE " + where + f" {order} LIMIT {most:d} {locking}"
        return [self._locked(row) for row in await self.connection.fetch(statement)]

    def _locked(self, row: Row) -> LockedLead:
        lead = decode(Lead, row)
        # After a wait for the lock, PostgreSQL re-reads the lead but not the joined queue, which may be another one by now.
        policy_of = row["policy_queue_id"]
        if policy_of is not None and (queue_id := as_uuid(policy_of)) == lead.queue_id and queue_id not in self._policies:
            self._policies[queue_id] = queues.policy_in(row)
        if lead.partner_id is not None:
            self._is_active[lead.partner_id] = bool(row["holder_is_active"])
        return LockedLead(lead, not row["is_full_view"])

    async def lock_table(self) -> None:
        """Lock the table of leads against writes by others until the transaction ends, for a change of many leads.

        Call it before any other lock. PostgreSQL assigns the transaction id, which orders the event log, at the first lock of a row: a
        later wait for a lead would log this change before an earlier one.
        """
        if self.connection.dialect == "postgres":
            await self.connection.execute("LOCK TABLE lead IN EXCLUSIVE MODE")

    async def insert(self, lead: Lead, scope: str, routing: Sequence[FieldChange] = ()) -> UUID:
        """Insert a lead; return its id, or that of the lead with the same source and reference in the scope."""
        lead = replace(lead, reached_at=lead.partner_reached_at(None, self.now), queued_at=lead.came_back_at(None, self.now))
        columns = {**stored(lead), "reference_scope": scope if lead.external_reference is not None else None}
        if lead.external_reference is not None:
            # A deleted lead gives up its reference, so that a new lead can have it.
            await self.connection.execute(
                "UPDATE lead SET reference_scope = NULL"
                " WHERE source = ? AND external_reference = ? AND reference_scope = ? AND deleted_at IS NOT NULL",
                lead.source, lead.external_reference, scope,
            )  # fmt: skip
        statement = (
            builder.insertion("lead", columns) + " ON CONFLICT (source, external_reference, reference_scope) DO NOTHING RETURNING id"
        )
        inserted = await self.connection.fetch(statement)
        if inserted:
            await self._record_creation(lead, routing)
            return lead.id
        first = await self.connection.fetch_one(
            "SELECT id FROM lead WHERE source = ? AND external_reference = ? AND reference_scope = ?",
            lead.source, lead.external_reference, scope,
        )  # fmt: skip
        assert first is not None, "the insertion conflicted with this row"
        return as_uuid(first["id"])

    async def insert_many(self, leads: Sequence[NewRow]) -> None:
        """Insert new leads with the statements of one; their references and external references must be free.

        The members of the viewer's own partner are not notified of each: whoever inserts so many notifies of their end.
        """
        rows = []
        for new in leads:
            lead, reached_at, queued_at = new.lead, new.lead.partner_reached_at(None, self.now), new.lead.came_back_at(None, self.now)
            if (lead.reached_at, lead.queued_at) != (reached_at, queued_at):
                lead = replace(lead, reached_at=reached_at, queued_at=queued_at)
            rows.append({**stored(lead), **new.texts, "reference_scope": new.scope if lead.external_reference is not None else None})
            is_own = self.viewer is not None and self.viewer.partner_id is not None and self.viewer.partner_id == lead.partner_id
            await self._record_creation(lead, new.routing, is_announced=new.is_announced and not is_own)
        if rows:
            await self.connection.execute_many(builder.insertion("lead", rows[0]).text, [tuple(row.values()) for row in rows])

    async def _record_creation(self, lead: Lead, routing: Sequence[FieldChange], *, is_announced: bool = True) -> None:
        entry, event = await self._entry_and_event(None, lead, TimelineKind.CREATED, routing)
        self._entries.append(entry)
        self._events.append(event)
        if is_announced:
            await self._notify_of(TimelineKind.CREATED, None, lead)
            self._mails += mails.requests_of(self.viewer, TimelineKind.CREATED, None, lead, self.now, self.rules.hot_for)

    async def record_entry(
        self, lead: Lead, kind: TimelineKind, changes: Sequence[FieldChange], annotation: Annotation | None = None
    ) -> None:
        """Record a history entry of a lead that this transaction inserted, whose first event shows the change already."""
        entry, _ = await self._entry_and_event(None, lead, kind, changes, annotation)
        self._entries.append(entry)

    async def save(
        self,
        before: Lead,
        after: Lead,
        kind: TimelineKind,
        *,
        annotation: Annotation | None = None,
        extra_changes: Sequence[FieldChange] = (),
    ) -> Lead:
        """Write the difference of the two leads, its history entry and its event, and return the lead as stored.

        `extra_changes` are added to the history entry: changes that the lead's attributes do not show.
        """
        old, new = attributes_of(before), attributes_of(after)
        new["reached_at"] = after.partner_reached_at(before, self.now)
        new["queued_at"] = after.came_back_at(before, self.now)
        changed = [name for name, value in new.items() if value is not old[name] and value != old[name]]
        counted = self._versions.count(before, changed, self.now)
        new |= counted
        changed += counted
        after = Lead(**new)
        entry, event = await self._entry_and_event(before, after, kind, (*differences(before, after), *extra_changes), annotation)
        await self.flush()  # keeps the order of events
        texts = await masked_texts_by_history(self.connection, after) if hides_contact(before, after) else {}
        writing = [*_updating(after, changed, texts), Sql(ENTRY, entry), event_log.insertion(self.connection, event)]
        if kind is TimelineKind.CLAIMED:
            claim = (after.id, after.origin_queue_id, after.partner_id, self.actor.member_id, self.now)
            writing.append(Sql(CLAIM, claim))
        requests = mails.requests_of(self.viewer, kind, before, after, self.now, self.rules.hot_for)
        writing += [Sql(mails.REQUEST, request) for request in requests]
        # The counters come last: `send` returns the rows of the last statement.
        for row in await self.connection.send([*writing, *_counting(before, after, kind, day_of(self.now))]):
            self._usages[as_uuid(row["queue_id"]), as_uuid(row["partner_id"])] = ClaimUsage(row["open_claims"], row["claims_that_day"])
        self._has_events = True
        await self._notify_of(kind, before, after)
        return after

    async def policy_of(self, queue_id: UUID) -> QueuePolicy:
        """Return who may claim from the queue and how much; stable once a lead is locked or inserted (see `lock_table`)."""
        if queue_id not in self._policies:
            self._policies[queue_id] = await queues.policy(self.connection, queue_id)
        return self._policies[queue_id]

    def usage(self, lead: Lead) -> ClaimUsage:
        """Return the claim counters of the lead's partner and queue, in the transaction that claimed it."""
        key = open_claim(lead)
        assert key is not None, "the lead is claimed"
        return self._usages[key]

    async def record_change(self, before: Lead, after: Lead, kind: TimelineKind, *changed: str) -> None:
        """Record the event of a change of a lead that gets no history entry."""
        self.record_event(
            Event(
                lead_id=after.id,
                kind=kind,
                occurred_at=self.now,
                actor_id=self.viewer.member_id if self.viewer else None,
                actor_partner_id=self.viewer.partner_id if self.viewer else None,
                before=await self._snapshot(before),
                after=await self._snapshot(after),
                changed=changed,
            )
        )

    def record_event(self, event: AnyEvent) -> None:
        """Record an event, to be written by `flush`."""
        self._events.append(event)

    def notify(self, notice: Notice, *, excluded: Sequence[UUID] = (), **subject: UUID | None) -> None:
        """Record a notification, to be written by `flush`; a member is not notified of their own doing.

        `subject` is the attribute of `Notification` that names its subject, such as `lead_id`.
        """
        actor = self.viewer
        if actor is not None and notice.audience_id == actor.member_id:
            return
        self._notifications.append(
            Notification(
                id=uuid7(),
                kind=notice.kind,
                audience_id=notice.audience_id,
                excluded=tuple(excluded),
                occurred_at=self.now,
                actor_id=actor.member_id if actor else None,
                actor_partner_id=actor.partner_id if actor else None,
                **subject,
            )
        )

    async def are_active(self, member_ids: Collection[UUID]) -> frozenset[UUID]:
        """Return those of the members who are active, by at most one statement."""
        if unknown := set(member_ids) - self._active_members.keys():
            active = await viewers_of(self.connection, unknown)
            self._active_members |= {one: one in active for one in unknown}
        return frozenset(one for one in member_ids if self._active_members[one])

    async def _notify_of(self, kind: TimelineKind, before: Lead | None, after: Lead) -> None:
        """Record the notification that a change of a lead calls for; the channel managers replace an inactive sender."""
        notice = notice_of(kind, before, after, self.now, self.rules.hot_for)
        if notice is None:
            return
        if notice.audience_id == after.sender_id and not await self.are_active([notice.audience_id]):
            notice = notice._replace(audience_id=CHANNEL_MANAGERS)
        self.notify(notice, lead_id=after.id)

    async def flush(self) -> bool:
        """Write the recorded history entries, events and notifications; return whether this transaction has any events."""
        self._has_events = self._has_events or bool(self._events or self._notifications)
        await self.connection.execute_many(ENTRY, self._entries)
        await event_log.append(self.connection, self._events)
        await notifications.append(self.connection, self._notifications)
        await self.connection.execute_many(mails.REQUEST, self._mails)
        self._entries.clear()
        self._events.clear()
        self._notifications.clear()
        self._mails.clear()
        return self._has_events

    async def _entry_and_event(
        self,
        before: Lead | None,
        after: Lead,
        kind: TimelineKind,
        changes: Sequence[FieldChange],
        annotation: Annotation | None = None,
    ) -> tuple[tuple[object, ...], Event]:
        """Return the columns of the history entry of a change, and its event."""
        actor = self.viewer
        about = annotation or Annotation(after.partner_id or (before.partner_id if before is not None else None))
        written, later = (KNOWN_BEFORE[kind], kind) if kind in KNOWN_BEFORE else (kind, None)
        event = Event(
            lead_id=after.id,
            kind=kind,
            occurred_at=self.now,
            actor_id=actor.member_id if actor else None,
            actor_partner_id=actor.partner_id if actor else None,
            before=None if before is None else await self._snapshot(before),
            after=await self._snapshot(after),
            changed=tuple(one.field for one in changes),
            history_partner_id=after.partner_id if annotation is None else annotation.partner_id,
        )
        entry = (
            after.id, about.partner_id, written, later, self.now, event.actor_id, history_changes(changes),
            about.note_id, about.activity_id,
        )  # fmt: skip
        return entry, event

    async def _snapshot(self, lead: Lead) -> LeadSnapshot:
        partner_id = lead.partner_id
        if partner_id is not None and partner_id not in self._is_active:
            self._is_active[partner_id] = await directory.is_active_partner(self.connection, partner_id)
        return snapshot(lead, await self._openness_of(lead), partner_is_active=partner_id is None or self._is_active[partner_id])

    async def _openness_of(self, lead: Lead) -> tuple[UUID, ...] | None:
        return (await self.policy_of(lead.queue_id)).open_to if lead.queue_id is not None and lead.is_waiting else ()


def history_changes(changes: Sequence[FieldChange]) -> list[dict[str, object]]:
    """Return the changes as the `changes` column of a timeline entry holds them."""
    return [{"field": one.field, "from": one.before, "to": one.after} for one in changes]


def _updating(after: Lead, changed: Sequence[str], texts: Mapping[str, object]) -> list[Sql]:
    written: dict[str, object] = {name: getattr(after, name) for name in changed}
    if not FOLDED.isdisjoint(changed):
        written |= derived(after)
    written |= texts
    return [builder.update("lead", written, after.id)] if written else []


def _counting(before: Lead, after: Lead, kind: TimelineKind, day: datetime) -> list[Sql]:
    """Return the statement that changes the claim counters in the order of their keys, if they change."""
    old, new = open_claim(before), open_claim(after)
    if old == new:
        return []
    claims = 1 if kind is TimelineKind.CLAIMED else 0
    steps = sorted((*key, *step) for key, step in ((old, (-1, 0)), (new, (1, claims))) if key is not None)
    return [queues.counting(steps, day)]


def derived(lead: Lead) -> dict[str, str | None]:
    """Return the columns computed from attributes, see `derived_columns` and `masked_texts`."""
    person = (lead.first_name, lead.last_name, lead.email, lead.phone_given or lead.phone)
    return derived_columns(*person, lead.company, lead.listing_name, lead.country) | masked_texts(lead)


def stored(lead: Lead) -> dict[str, object]:
    """Return all columns of a lead except `reference_scope`."""
    return {**attributes_of(lead), **derived(lead)}
