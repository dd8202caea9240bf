"""The progress of imports: which server works on one, how far it is, and the errors of its rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from gql_leads.domain.imports.states import ImportState
from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.imports import LeadImport, LeadImportError
from gql_leads.store.sql.rows import attributes_of, encode, to_millis

OPEN: Final = (ImportState.PENDING.value, ImportState.RUNNING.value)
ERRORS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class RowError:
    """An error in a row, or in the column of this heading."""

    row: int
    heading: str | None
    message: str


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The way a file is written, its number of rows, and the position and number of the record before them."""

    upload_id: UUID
    encoding: str
    delimiter: str
    total_rows: int
    position: int
    record: int


@dataclass(slots=True)
class Step:
    """The result of one transaction: the counted rows, and the position behind the last of them."""

    position: int
    record: int
    processed: int = 0
    created: int = 0
    updated: int = 0
    duplicates: int = 0
    rejected: int = 0
    errors: list[RowError] = field(default_factory=list)
    last: tuple[datetime, UUID] | None = None
    """Creation time and id of the last lead that kept its reference."""


async def add(connection: Connection, **columns: object) -> None:
    """Insert an import."""
    await LeadImport.create(using_db=connection.client, **{name: encode(value) for name, value in columns.items() if name != "mapping"},
        mapping=columns["mapping"])  # fmt: skip


def _of(connection: Connection, import_id: UUID, **conditions: object) -> QuerySet[LeadImport]:
    return LeadImport.filter(id=import_id, **conditions).using_db(connection.client)


async def by_id(connection: Connection, import_id: UUID) -> LeadImport | None:
    """Return the import, without an access policy."""
    return await _of(connection, import_id).first()


def _seen(viewer: Viewer) -> Q:
    """Return the condition of visible imports: all for the vendor, the partner's own for its members."""
    return Q() if viewer.is_vendor else Q(partner_id=viewer.partner_id)


async def visible(connection: Connection, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, LeadImport]:
    """Return those of the imports that the viewer may see."""
    found = LeadImport.filter(_seen(viewer), id__in=list(ids)).using_db(connection.client)
    return {one.id: one for one in await found}


async def page(connection: Connection, viewer: Viewer, size: int, after: tuple[int, UUID] | None) -> list[LeadImport]:
    """Return at most so many imports, newest first, after the one with this time and id."""
    found = LeadImport.filter(_seen(viewer)).using_db(connection.client)
    if after is not None:
        found = found.filter(Q(created_at__lt=after[0]) | Q(created_at=after[0], id__lt=after[1]))
    return await found.order_by("-created_at", "-id").limit(size)


async def start(connection: Connection, import_id: UUID, upload_id: UUID) -> bool:
    """Let a pending import run with this upload; return False if it is not pending any more."""
    return bool(await _of(connection, import_id, state=ImportState.PENDING).update(state=ImportState.RUNNING.value, upload_id=upload_id))


async def finish(connection: Connection, import_id: UUID, state: ImportState, now: datetime) -> bool:
    """End an import that is pending or running; return False if it has ended already."""
    finished = {"state": state.value, "finished_at": to_millis(now), "leased_until": None}
    return bool(await _of(connection, import_id, state__in=OPEN).update(**finished))


async def take(connection: Connection, lease_id: UUID, now: datetime, until: datetime, import_id: UUID | None = None) -> LeadImport | None:
    """Lease and return this import, or the oldest running one, if no server works on it; None if there is none."""
    free = Q(leased_until=None) | Q(leased_until__lt=to_millis(now))
    chosen = Q() if import_id is None else Q(id=import_id)
    running = LeadImport.filter(free, chosen, state=ImportState.RUNNING).using_db(connection.client)
    for one in await running.order_by("created_at", "id").limit(5):
        taking = _of(connection, one.id, state=ImportState.RUNNING).filter(free)
        if await taking.update(lease_id=lease_id, leased_until=to_millis(until)):
            return await by_id(connection, one.id)
    return None


async def release(connection: Connection, import_id: UUID, lease_id: UUID) -> None:
    """Let another server continue the import at once."""
    await _of(connection, import_id, lease_id=lease_id).update(leased_until=None)


async def renew(connection: Connection, import_id: UUID, lease_id: UUID, until: datetime) -> bool:
    """Extend the lease; return False if the import was cancelled or another server works on it."""
    return await _update(connection, import_id, lease_id, leased_until=to_millis(until))


async def record_file(connection: Connection, import_id: UUID, lease_id: UUID, until: datetime, layout: FileLayout) -> bool:
    """Record the layout of the file; return False if the lease was lost."""
    return await _update(connection, import_id, lease_id, leased_until=to_millis(until), **attributes_of(layout))


async def record_step(connection: Connection, import_id: UUID, lease_id: UUID, until: datetime, step: Step) -> bool:
    """Record what this transaction did; return False if the lease was lost: then it has to be rolled back."""
    await add_errors(connection, import_id, step.errors)
    columns: dict[str, Any] = {
        "leased_until": to_millis(until),
        "position": step.position,
        "record": step.record,
        "processed_rows": F("processed_rows") + step.processed,
        "created_rows": F("created_rows") + step.created,
        "updated_rows": F("updated_rows") + step.updated,
        "duplicate_rows": F("duplicate_rows") + step.duplicates,
        "rejected_rows": F("rejected_rows") + step.rejected,
    }
    if step.last is not None:
        columns |= {"last_created_at": to_millis(step.last[0]), "last_lead_id": step.last[1]}
    return await _update(connection, import_id, lease_id, **columns)


async def _update(connection: Connection, import_id: UUID, lease_id: UUID, **columns: object) -> bool:
    return bool(await _of(connection, import_id, lease_id=lease_id, state=ImportState.RUNNING).update(**columns))


async def abandoned(connection: Connection, created_before: datetime, most: int) -> list[UUID]:
    """Return pending imports whose file never arrived."""
    waiting = LeadImport.filter(state=ImportState.PENDING, created_at__lt=to_millis(created_before)).using_db(connection.client)
    return [row["id"] for row in await waiting.limit(most).values("id")]


async def add_errors(connection: Connection, import_id: UUID, errors: Iterable[RowError]) -> None:
    """Add errors of rows."""
    rows = [LeadImportError(lead_import_id=import_id, row=one.row, heading=one.heading, message=one.message) for one in errors]
    if rows:
        await LeadImportError.bulk_create(rows, using_db=connection.client)


async def errors(connection: Connection, import_id: UUID, most: int, after: int = 0) -> Sequence[LeadImportError]:
    """Return at most so many errors after the one with this id, in the order of the rows."""
    found = LeadImportError.filter(lead_import_id=import_id, id__gt=after).using_db(connection.client)
    return await found.order_by("id").limit(most)
