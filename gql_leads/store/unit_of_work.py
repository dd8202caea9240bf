"""The one door to write through: a transaction, with the history, the events and the counters that belong to it.

    async with desk.change(viewer) as change:
        lead = await change.hold(lead_id)                       # locked, and in the viewer's sight
        await change.save(lead, replace(lead, status=…), TimelineKind.STATUS_CHANGED)

A change is a difference of two facts: from it come the columns to write, the version, when it reached its partner, what the timeline tells,
the images of the event and the counters of open claims. Locks are taken in one order everywhere: the lead, then counters by key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from gql_leads.domain.claims import ClaimUsage, QueuePolicy, day_of, open_claim
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.rules import Rules
from gql_leads.domain.text_folding import fold, search_text
from gql_leads.domain.viewer import Viewer
from gql_leads.store import queues
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.events import event_log
from gql_leads.store.sql import builder
from gql_leads.store.sql.builder import TRUE, Sql, all_of
from gql_leads.store.sql.rows import Row, as_uuid, decode, facts_of

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
UNVERSIONED = frozenset(name for name, one in ATTRIBUTES.items() if not one.is_versioned)
"""Computed facts, and the campaigns that the vendor counts it for: a change of these alone leaves the version."""
FOLDED = frozenset(name for name, one in ATTRIBUTES.items() if one.is_folded)
"""Facts that other columns are made from (see `derived`)."""
ENTRY = (
    "INSERT INTO timeline_entry (lead_id, partner_id, kind, occurred_at, actor_id, changes, note_id, activity_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
CLAIM = "INSERT INTO claim (lead_id, queue_id, partner_id, member_id, claimed_at) VALUES (?, ?, ?, ?, ?)"
LEAD = ", ".join(f"l.{field.name}" for field in fields(Lead))
"""The columns that are facts: those made from them are not read back."""


@dataclass(frozen=True, slots=True)
class LockedLead:
    """A lead, locked until the transaction ends, and whether the viewer has the sender's reduced view of it."""

    lead: Lead
    is_reduced: bool


class UnitOfWork:
    """One transaction by one actor (None: the service itself) at one instant."""

    def __init__(self, connection: Connection, viewer: Viewer | None, now: datetime, rules: Rules) -> None:
        self.connection = connection
        self.viewer = viewer
        self.now = now
        self.rules = rules
        self._events: list[Event] = []
        self._entries: list[tuple[object, ...]] = []
        self._is_told = False
        self._versioned: set[UUID] = set()
        self._policies: dict[UUID, QueuePolicy] = {}
        self._usages: dict[tuple[UUID, UUID], ClaimUsage] = {}

    @property
    def actor(self) -> Viewer:
        """The member who acts, in a change that only members make."""
        assert self.viewer is not None, "the service itself asks for no sight, has no keys and is refused nothing"
        return self.viewer

    async def lock_lead(self, lead_id: UUID, *, deleted: bool = False) -> LockedLead:
        """Lock a lead in the viewer's sight (or, deleted, one they may restore); NotFound where there is none."""
        viewer = self.actor
        seen = access_policy.restorable(viewer) if deleted else access_policy.visible_to(viewer)
        locked = await self.lock_first(all_of(Sql("l.id = ?", (lead_id,)), seen))
        if locked is None:
            raise NotFound(field=("leadId",))
        return locked

    async def lock_first(self, where: Sql, order: str = "", *, skip_locked: bool = False) -> LockedLead | None:
        """Lock the first lead that fits, waiting for others to let it go, or passing over what they hold."""
        locked = await self.lock_some(where, order, 1, skip_locked=skip_locked)
        return locked[0] if locked else None

    async def lock_some(self, where: Sql, order: str, most: int, *, skip_locked: bool = False) -> list[LockedLead]:
        """Lock at most so many leads that fit."""
        full_view = TRUE if self.viewer is None else access_policy.full_view(self.viewer)
        dialect = self.connection.dialect
        locking = f"FOR UPDATE OF l{' SKIP LOCKED' if skip_locked else ''}" if dialect == "postgres" else ""
        selected = f"SELECT {LEAD}, " + full_view + f" AS seen_in_full, {queues.policy_columns(dialect)} FROM lead l"
        statement = selected + " LEFT JOIN lead_queue q ON q.id = l.queue_id WHERE " + where + f" {order} LIMIT {most:d} {locking}"
        return [self._locked(row) for row in await self.connection.fetch(statement)]

    def _locked(self, row: Row) -> LockedLead:
        lead = decode(Lead, row)
        # A lead that went to another queue while this waited for it comes without that queue.
        if row["terms_of"] is not None and (queue_id := as_uuid(row["terms_of"])) == lead.queue_id and queue_id not in self._policies:
            self._policies[queue_id] = queues.policy_in(row)
        return LockedLead(lead, not row["seen_in_full"])

    async def lock_table(self) -> None:
        """Wait until nobody else changes a lead, and let nobody until the transaction ends: for what concerns many of them.

        It must come before any other lock. On PostgreSQL the lock of a row gives the transaction its place in the log: one that then waited
        for another lead would tell what it did to that before what others did earlier.
        """
        if self.connection.dialect == "postgres":
            await self.connection.execute("LOCK TABLE lead IN EXCLUSIVE MODE")

    async def insert(self, lead: Lead, scope: str) -> UUID:
        """Write a new lead and return its id, or that of the one which has its source and external reference in this scope already."""
        lead = replace(lead, reached_at=lead.partner_reached_at(None, self.now))
        columns = {**stored(lead), "reference_scope": scope if lead.external_reference is not None else None}
        if lead.external_reference is not None:
            # A deleted lead gives its reference up: restored, it is no longer the one that the reference means.
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
            entry, event = await self._told(None, lead, TimelineKind.CREATED, ())
            self._entries.append(entry)
            self._events.append(event)
            return lead.id
        first = await self.connection.fetch_one(
            "SELECT id FROM lead WHERE source = ? AND external_reference = ? AND reference_scope = ?",
            lead.source, lead.external_reference, scope,
        )  # fmt: skip
        assert first is not None, "what the insertion met is there"
        return as_uuid(first["id"])

    async def save(
        self,
        before: Lead,
        after: Lead,
        kind: TimelineKind,
        *,
        note_id: UUID | None = None,
        activity_id: UUID | None = None,
        told: Sequence[FieldChange] = (),
    ) -> Lead:
        """Write what differs, with its history and event, and return the lead as it is now. `told`: what its facts do not say."""
        old, new = facts_of(before), facts_of(after)
        new["reached_at"] = after.partner_reached_at(before, self.now)
        changed = [name for name, value in new.items() if value is not old[name] and value != old[name]]
        if before.id not in self._versioned and not UNVERSIONED.issuperset(changed):
            self._versioned.add(before.id)
            new |= {"version": before.version + 1, "updated_at": self.now}
            changed += ["version", "updated_at"]
        after = Lead(**new)
        entry, event = await self._told(before, after, kind, (*differences(before, after), *told), note_id, activity_id)
        await self.write()  # what came earlier is told first
        writing = [*_updating(after, changed), Sql(ENTRY, entry), event_log.insertion(self.connection, event)]
        if kind is TimelineKind.CLAIMED:
            claim = (after.id, after.origin_queue_id, after.partner_id, self.actor.member_id, self.now)
            writing.append(Sql(CLAIM, claim))
        # The counters come last: what they are now is answered.
        for row in await self.connection.send([*writing, *_counting(before, after, kind, day_of(self.now))]):
            self._usages[as_uuid(row["queue_id"]), as_uuid(row["partner_id"])] = ClaimUsage(row["open_claims"], row["claims_that_day"])
        self._is_told = True
        return after

    async def policy_of(self, queue_id: UUID) -> QueuePolicy:
        """The terms of a queue. Who has held or inserted a lead keeps the partners that it names as they are (see `lock_table`)."""
        if queue_id not in self._policies:
            self._policies[queue_id] = await queues.terms(self.connection, queue_id)
        return self._policies[queue_id]

    def use(self, lead: Lead) -> ClaimUsage:
        """What the partner that just claimed the lead has from its queue."""
        key = open_claim(lead)
        assert key is not None, "it was just claimed"
        return self._usages[key]

    async def tell(self, before: Lead, after: Lead, kind: TimelineKind, *changed: str) -> None:
        """Write the event of a change that no timeline entry goes with."""
        self.record_event(
            Event(
                lead_id=after.id,
                kind=kind,
                occurred_at=self.now,
                actor_id=self.viewer.member_id if self.viewer else None,
                actor_partner_id=self.viewer.partner_id if self.viewer else None,
                before=snapshot(before, await self._openness_of(before)),
                after=snapshot(after, await self._openness_of(after)),
                changed=changed,
            )
        )

    def record_event(self, event: Event) -> None:
        """Write an event that no column and no timeline entry goes with."""
        self._events.append(event)

    async def write(self) -> bool:
        """Write what is not yet written of history and events; whether there were any in this transaction."""
        self._is_told = self._is_told or bool(self._events)
        await self.connection.execute_many(ENTRY, self._entries)
        await event_log.append(self.connection, self._events)
        self._entries.clear()
        self._events.clear()
        return self._is_told

    async def _told(
        self,
        before: Lead | None,
        after: Lead,
        kind: TimelineKind,
        changes: Sequence[FieldChange],
        note_id: UUID | None = None,
        activity_id: UUID | None = None,
    ) -> tuple[tuple[object, ...], Event]:
        """What the timeline and the event log say of a change."""
        actor = self.viewer
        holder = after.partner_id or (before.partner_id if before is not None else None)
        event = Event(
            lead_id=after.id,
            kind=kind,
            occurred_at=self.now,
            actor_id=actor.member_id if actor else None,
            actor_partner_id=actor.partner_id if actor else None,
            before=None if before is None else snapshot(before, await self._openness_of(before)),
            after=snapshot(after, await self._openness_of(after)),
            changed=tuple(one.field for one in changes),
        )
        return (after.id, holder, kind, self.now, actor.member_id if actor else None, history_changes(changes), note_id, activity_id), event

    async def _openness_of(self, lead: Lead) -> tuple[UUID, ...] | None:
        return (await self.policy_of(lead.queue_id)).open_to if lead.queue_id is not None and lead.is_waiting else ()


def history_changes(changes: Sequence[FieldChange]) -> list[dict[str, object]]:
    """Return the changes as the `changes` column of a timeline entry holds them."""
    return [{"field": one.field, "from": one.before, "to": one.after} for one in changes]


def _updating(after: Lead, changed: Sequence[str]) -> list[Sql]:
    written = {name: getattr(after, name) for name in changed}
    if not FOLDED.isdisjoint(changed):
        written |= derived(after)
    return [builder.update("lead", written, after.id)] if written else []


def _counting(before: Lead, after: Lead, kind: TimelineKind, day: datetime) -> list[Sql]:
    """The change of the counters, in the order of their keys."""
    old, new = open_claim(before), open_claim(after)
    if old == new:
        return []
    claims = 1 if kind is TimelineKind.CLAIMED else 0
    steps = sorted((*key, *step) for key, step in ((old, (-1, 0)), (new, (1, claims))) if key is not None)
    return [queues.counting(steps, day)]


def derived(lead: Lead) -> dict[str, str | None]:
    """The columns made from others: folded, to sort and to search by."""
    return {
        "first_name_key": fold(lead.first_name) if lead.first_name else None,
        "last_name_key": fold(lead.last_name),
        "company_key": fold(lead.company) if lead.company else None,
        "listing_key": fold(lead.listing_name) if lead.listing_name else None,
        "email_key": fold(lead.email) if lead.email else None,
        "phone_key": lead.phone if lead.phone and E164.fullmatch(lead.phone) else None,
        "person_key": search_text(lead.full_name, lead.company) if lead.company else None,
        "search_open": search_text(lead.company, lead.listing_name),
        "search_person": search_text(lead.full_name, lead.email),
    }


def stored(lead: Lead) -> dict[str, object]:
    """The row of a lead, but for the scope of its external reference."""
    return {**facts_of(lead), **derived(lead)}
