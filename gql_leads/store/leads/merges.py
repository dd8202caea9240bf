"""Merged leads: the history that moves to the primary, and what is needed to move it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.merging import MergedState, state_of
from gql_leads.store.models import campaigns
from gql_leads.store.models.leads import Activity, LeadMerge, Note, TimelineEntry
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import decode_document, from_millis, loaded, to_json, to_millis
from gql_leads.store.unit_of_work import UnitOfWork

Moved = dict[str, list[Any]]
HISTORY: Final = (Note, Activity, TimelineEntry)
"""Models whose rows move; CREATED stays, because everybody who sees the lead reads it."""
CAMPAIGNS: Final = "campaign"


@dataclass(frozen=True, slots=True)
class Merge:
    """One lead merged into another."""

    stored: LeadMerge
    before: MergedState

    @property
    def campaign_ids(self) -> tuple[UUID, ...]:
        """The campaigns that moved."""
        return tuple(UUID(one) for one in self.stored.moved[CAMPAIGNS])


async def move_history(uow: UnitOfWork, duplicate: Lead, primary: Lead) -> Moved:
    """Move notes, activities, history and those campaigns that the primary is not in; return the ids of what moved."""
    await uow.flush()
    moved: Moved = {}
    for model in HISTORY:
        rows = model.filter(lead_id=duplicate.id).using_db(uow.connection.client)
        if model is TimelineEntry:
            rows = rows.exclude(kind="CREATED")
        ids = await rows.values_list("id", flat=True)
        moved[model._meta.db_table] = [one if isinstance(one, int) else str(one) for one in ids]
        await _relocate(uow, model, ids, duplicate.id, primary.id)
    joining = [one for one in duplicate.campaign_ids if one not in primary.campaign_ids]
    await _relocate_memberships(uow, joining, duplicate.id, primary.id)
    return moved | {CAMPAIGNS: list(map(str, joining))}


async def move_back(uow: UnitOfWork, merge: Merge, *, with_campaigns: bool) -> None:
    """Move what came from the duplicate back to it; what was deleted since stays deleted."""
    await uow.flush()
    stored = merge.stored
    for model in HISTORY:
        await _relocate(uow, model, stored.moved[model._meta.db_table], stored.primary_id, stored.duplicate_id)
    if with_campaigns:
        await _relocate_memberships(uow, merge.campaign_ids, stored.primary_id, stored.duplicate_id)


async def record(uow: UnitOfWork, duplicate: Lead, primary_id: UUID, filled: Iterable[str], moved: Moved) -> None:
    """Record the merge of a lead as it was before."""
    await LeadMerge.create(
        using_db=uow.connection.client, id=uuid7(), duplicate_id=duplicate.id, primary_id=primary_id, merged_at=to_millis(uow.now),
        before=loaded(to_json(state_of(duplicate))), filled=list(filled), moved=moved,
    )  # fmt: skip


async def last_merge(uow: UnitOfWork, duplicate_id: UUID) -> Merge | None:
    """Return the merge of the lead that was not undone, or None."""
    rows = LeadMerge.filter(duplicate_id=duplicate_id, undone_at=None).using_db(uow.connection.client)
    stored = await rows.order_by("-merged_at", "-id").first()
    return None if stored is None else Merge(stored, decode_document(MergedState, stored.before))


async def lock_primary(uow: UnitOfWork, merge: Merge) -> Lead:
    """Lock the primary, whoever has it now, and return it."""
    locked = await uow.lock_first(Sql("l.id = ?", (merge.stored.primary_id,)))
    assert locked is not None, "leads are not removed"
    return locked.lead


def may_be_undone(uow: UnitOfWork, merge: Merge, within: Any) -> bool:
    """Return whether the time to undo the merge is not over."""
    return bool(uow.now - from_millis(merge.stored.merged_at) <= within)


async def undo(uow: UnitOfWork, merge: Merge) -> None:
    """Record that the merge was undone."""
    await LeadMerge.filter(id=merge.stored.id).using_db(uow.connection.client).update(undone_at=to_millis(uow.now))


async def family(uow: UnitOfWork, lead_id: UUID) -> list[UUID]:
    """Return the ids of the leads that are one by merging, the last primary first."""
    in_force = LeadMerge.filter(undone_at=None).using_db(uow.connection.client)
    root = lead_id
    while above := await in_force.filter(duplicate_id=root).first():
        root = above.primary_id
    found, level = [root], [root]
    while level:
        level = [one.duplicate_id for one in await in_force.filter(primary_id__in=level)]
        found += level
    return found


async def _relocate(uow: UnitOfWork, model: Any, ids: Iterable[Any], source: UUID, target: UUID) -> None:
    rows = model.filter(id__in=list(ids), lead_id=source)
    await rows.using_db(uow.connection.client).update(lead_id=target)


async def _relocate_memberships(uow: UnitOfWork, campaign_ids: Iterable[UUID], source: UUID, target: UUID) -> None:
    rows = campaigns.CampaignMembership.filter(campaign_id__in=list(campaign_ids), lead_id=source)
    await rows.using_db(uow.connection.client).update(lead_id=target)
