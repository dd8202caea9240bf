"""The work of imports: taken by one server with a lease, and continued by any other where one was killed."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from gql_leads.domain import permissions
from gql_leads.domain.errors import Unavailable
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.headers import Header, read_header
from gql_leads.domain.imports.limits import MOST_COLUMNS
from gql_leads.domain.imports.states import ImportState
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.csv_records import ReadChunk, Record, RecordReader, UnreadableFile
from gql_leads.services.imports.files import SAMPLE, find_delimiter, find_encoding, header_line, length_of_mark, transcoded
from gql_leads.services.imports.imports import ABANDONED_AFTER
from gql_leads.services.imports.row_writing import LeaseLost, Writer
from gql_leads.services.imports.rows import Row, RowParser
from gql_leads.services.imports.uploads import in_chunks
from gql_leads.services.notifications.jobs import notify_import_finished
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.database.statistics import refresh_statistics
from gql_leads.store.intake.imports import progress, uploads
from gql_leads.store.intake.imports.progress import FileLayout, RowError
from gql_leads.store.models.imports import LeadImport
from gql_leads.store.sql.rows import from_millis
from gql_leads.store.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=15)
"""Time after which another server continues the import of one that was killed; every batch extends it."""
BATCH: Final = 250
COUNTED_AT_ONCE: Final = 5_000
MOST_FAILURES: Final = 5
"""Number of unexpected errors after which this server gives an import up."""
MANY: Final = 5_000
"""Number of new leads for which the planner's statistics are gathered at once."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The way a file is written, its header, and the position of its first row."""

    upload_id: UUID
    encoding: str
    delimiter: str
    header: Header
    start: int
    record: int


class ImportRunner:
    """Runs imports, one at a time."""

    def __init__(self, app_of: Callable[[], AppContext], lease: timedelta = LEASE) -> None:
        self._app_of = app_of
        self._lease = lease
        self._failures: Counter[UUID] = Counter()

    async def run_next(self, import_id: UUID | None = None) -> bool:
        """Run this import, or the oldest, to its end if no server works on it; return False if there is none."""
        app, lease_id = self._app_of(), uuid4()
        async with app.database.transaction() as connection:
            taken = await progress.take(connection, lease_id, app.now(), app.now() + self._lease, import_id)
        if taken is None:
            return False
        try:
            await _Run(app, taken, lease_id, self._lease).run()
        except LeaseLost:
            pass  # it was cancelled, or another server works on it
        except BaseException as error:
            await self._release(app, taken.id, lease_id)
            if not isinstance(error, Exception) or isinstance(error, Unavailable):
                raise
            self._failures[taken.id] += 1
            logger.exception("Import %s failed; it is continued %d times at most.", taken.id, MOST_FAILURES)
            if self._failures[taken.id] >= MOST_FAILURES:
                await self._give_up(app, taken.id)
        return True

    async def _give_up(self, app: AppContext, import_id: UUID) -> None:
        """End an import that failed again and again."""
        async with app.unit_of_work(None) as uow:
            connection = uow.connection
            failed = await progress.by_id(connection, import_id)
            if failed is not None and await _end(uow, failed, ImportState.FAILED):
                message = "The server could not continue behind this row. The rows before it are in; tell its operator."
                await progress.add_errors(connection, import_id, [RowError(failed.record, None, message)])

    async def tidy(self) -> None:
        """End imports whose file never came, and delete the files of those that have ended."""
        app = self._app_of()
        async with app.database.transaction() as connection:
            for import_id in await progress.abandoned(connection, app.now() - ABANDONED_AFTER, 100):
                error = RowError(1, None, "The file did not arrive within a day. Start the import again.")
                await progress.add_errors(connection, import_id, [error])
                await progress.finish(connection, import_id, ImportState.FAILED, app.now())
        is_left = True
        while is_left:
            async with app.database.transaction() as connection:
                is_left = await uploads.delete_some_unused(connection)

    async def _release(self, app: AppContext, import_id: UUID, lease_id: UUID) -> None:
        """Let another server continue at once, also while this one stops."""

        async def release() -> None:
            with suppress(Unavailable):
                async with app.database.transaction() as connection:
                    await progress.release(connection, import_id, lease_id)

        releasing = asyncio.ensure_future(release())
        while not releasing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([releasing])


class _Run:
    """The run of one import on this server."""

    def __init__(self, app: AppContext, taken: LeadImport, lease_id: UUID, lease: timedelta) -> None:
        self._app = app
        self._import = taken
        self._lease_id = lease_id
        self._lease = lease
        self._slice = app.database.time_slices.start()

    async def run(self) -> None:
        """Read the file, write its rows and end the import; raise LeaseLost."""
        try:
            layout = await self._layout()
            await self._write_rows(layout)
        except UnreadableFile as error:
            await self._finish(ImportState.FAILED, RowError(error.row, None, error.message))
        else:
            await self._finish(ImportState.SUCCEEDED)

    async def _layout(self) -> Layout:
        """Return the layout of the file; at the first run, recognise it and count the rows."""
        assert self._import.upload_id is not None, "a running import has its file"
        if self._import.total_rows is not None:
            assert self._import.encoding is not None, "the first run has recorded it"
            return await self._read_header(self._import.upload_id, self._import.encoding, self._import.delimiter)
        upload_id, encoding = await self._in_utf8(self._import.upload_id)
        layout = await self._read_header(upload_id, encoding, self._import.delimiter)
        total = await self._count(layout)
        remarks = [RowError(layout.record, one.heading[:1_000], one.message) for one in layout.header.remarks]
        app = self._app
        async with app.database.transaction() as connection:
            await progress.add_errors(connection, self._import.id, remarks)
            found = FileLayout(upload_id, encoding, layout.delimiter, total, layout.start, layout.record)
            is_ours = await progress.record_file(connection, self._import.id, self._lease_id, app.now() + self._lease, found)
            if not is_ours:
                raise LeaseLost
        self._import.position, self._import.record = layout.start, layout.record
        return layout

    async def _in_utf8(self, upload_id: UUID) -> tuple[UUID, str]:
        """Return the upload and its encoding; a file in UTF-16 is written anew in UTF-8."""
        encoding = await find_encoding(self._chunks(upload_id), self._import.encoding, self._slice)
        if not encoding.startswith("utf-16"):
            return upload_id, encoding
        new_id, number = uuid4(), 0
        async for chunk in in_chunks(transcoded(self._chunks(upload_id), encoding)):
            async with self._app.database.transaction() as connection:
                await uploads.add_chunk(connection, self._import.id, new_id, number, chunk)
            number += 1
            await self._renew()
        return new_id, "utf-8"

    async def _read_header(self, upload_id: UUID, encoding: str, given: str | None) -> Layout:
        read_chunk = self._chunks(upload_id)
        beginning = await read_chunk(0) or b""
        mark = length_of_mark(beginning, encoding)
        delimiter = given or find_delimiter(header_line(beginning[mark : mark + SAMPLE * 64], encoding))
        reader = RecordReader(read_chunk, encoding, delimiter, mark, 0, self._slice)
        record = await _first_record(reader)
        if len(record.cells) > MOST_COLUMNS:
            raise UnreadableFile(f"The file has {len(record.cells):,} columns. Leave out some: at most {MOST_COLUMNS} are read.")
        mapping = [(heading, LeadImportField(field)) for heading, field in self._import.mapping]
        header = read_header(record.cells, mapping)
        if not header.columns:
            message = "No column is known by its heading. The first row has to name the columns; name their fields in the mapping."
            raise UnreadableFile(message, record.number)
        return Layout(upload_id, encoding, delimiter, header, record.end, record.number)

    async def _count(self, layout: Layout) -> int:
        """Return the number of rows; raise UnreadableFile if there are too many."""
        most, total = self._app.import_limits.rows, 0
        reader = self._reader(layout, layout.start, layout.record)
        while records := await reader.read(COUNTED_AT_ONCE):
            total += sum(not one.is_blank for one in records)
            if total > most:
                raise UnreadableFile(f"The file has more than {most:,} rows. Split it into several files, each with the header.")
            await self._renew()
        return total

    async def _write_rows(self, layout: Layout) -> None:
        taken = self._import
        parser = RowParser(layout.header, by_administrator=taken.partner_id is None)
        last = None
        if taken.last_created_at is not None and taken.last_lead_id is not None:
            last = (from_millis(taken.last_created_at), taken.last_lead_id)
        writer = Writer(self._app, taken.id, self._lease_id, self._lease, parser, last)
        reader = self._reader(layout, taken.position, taken.record)
        while records := await reader.read(BATCH):
            rows: list[Row] = []
            for record in records:
                if not record.is_blank:
                    rows.append(parser.parse(record))
                    await self._slice.give_way()
            await writer.write(await self._viewer(), rows)

    async def _viewer(self) -> Viewer:
        """Return the member who started the import, with the rights that they have now."""
        viewer = await viewer_of(self._app.database.reading, self._import.member_id)
        if viewer is None or viewer.partner_id != self._import.partner_id or not permissions.IMPORT_LEADS.allows(viewer):
            raise UnreadableFile("The member who started this import may not import leads any more.")
        return viewer

    async def _finish(self, state: ImportState, *errors: RowError) -> None:
        app = self._app
        async with app.unit_of_work(None) as uow:
            connection = uow.connection
            if not await progress.renew(connection, self._import.id, self._lease_id, app.now() + self._lease):
                raise LeaseLost
            await progress.add_errors(connection, self._import.id, errors)
            await _end(uow, self._import, state)
            ended = await progress.by_id(connection, self._import.id)
        app.notify()
        if ended is not None and ended.created_rows >= MANY:
            await refresh_statistics(app.database.writing)
        logger.info("Import %s ended as %s.", self._import.id, state)

    async def _renew(self) -> None:
        async with self._app.database.transaction() as connection:
            if not await progress.renew(connection, self._import.id, self._lease_id, self._app.now() + self._lease):
                raise LeaseLost

    def _reader(self, layout: Layout, position: int, record: int) -> RecordReader:
        return RecordReader(self._chunks(layout.upload_id), layout.encoding, layout.delimiter, position, record, self._slice)

    def _chunks(self, upload_id: UUID) -> ReadChunk:
        async def read_chunk(number: int) -> bytes | None:
            return await uploads.chunk(self._app.database.reading, upload_id, number)

        return read_chunk


async def _end(uow: UnitOfWork, ended: LeadImport, state: ImportState) -> bool:
    """End an import and notify its member; return False if it had ended already."""
    has_ended = await progress.finish(uow.connection, ended.id, state, uow.now)
    if has_ended:
        notify_import_finished(uow, ended.id, ended.member_id)
    return has_ended


async def _first_record(reader: RecordReader) -> Record:
    """Return the header: the first record that is not blank, nor the line by which Excel names the separator."""
    while records := await reader.read(1):
        record = records[0]
        if record.problem is not None:
            raise UnreadableFile(f"The header cannot be read. {record.problem}", record.number)
        if not record.is_blank and record.cells[0].lower() not in ("sep=", "sep=,", "sep=;"):
            return record
    raise UnreadableFile("The file is empty.")
