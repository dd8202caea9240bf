"""Imports as their members see them: starting and cancelling one, its signed links, and its errors as CSV."""

import struct
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Forbidden, Invalid, InvalidField, NotFound
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.limits import MOST_COLUMNS
from gql_leads.domain.imports.states import ImportState
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.imports.files import ENCODINGS, csv_line
from gql_leads.store import idempotency
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.events.cursor_codec import InvalidCursor
from gql_leads.store.intake.imports import progress
from gql_leads.store.models.imports import LeadImport
from gql_leads.store.sql.rows import from_millis, to_millis

UPLOAD: Final = "import upload"
ERRORS: Final = "import errors"
ABANDONED_AFTER: Final = timedelta(days=1)
"""A file has to arrive within this time."""
_DELIMITERS: Final = {",": ",", ";": ";", "\t": "\t", "\\t": "\t", "tab": "\t", "|": "|"}
_BOM: Final = "\ufeff"
_TICKET: Final = struct.Struct(">16s16sQ")


@dataclass(frozen=True, slots=True)
class NewImport:
    """The input of `startLeadImport`, not validated yet."""

    filename: str
    mapping: tuple[tuple[str, LeadImportField], ...] = ()
    delimiter: str | None = None
    encoding: str | None = None


async def start_lead_import(app: AppContext, viewer: Viewer, wanted: NewImport, idempotency_key: str | None = None) -> UUID:
    """Create an import that waits for its file, and return its id."""
    validator = Validator()
    filename = validator.required_text(wanted.filename, "filename", most=255)
    validator.count(wanted.mapping, "mapping", most=MOST_COLUMNS)
    mapping = [
        [validator.required_text(heading, "mapping", str(number), "header", most=10_000), field.value]
        for number, (heading, field) in enumerate(wanted.mapping[:MOST_COLUMNS])
    ]
    delimiter = _known(validator, "delimiter", wanted.delimiter, _DELIMITERS, 'a comma, a semicolon, a tab ("\\t") or "|"')
    encoding = _known(validator, "encoding", wanted.encoding and wanted.encoding.lower(), ENCODINGS, "UTF-8, CP1252 or UTF-16")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        permissions.IMPORT_LEADS.require(viewer)
        made = await idempotency.reserve(uow, idempotency_key, request_hash("startLeadImport", wanted))
        if made is not None:
            return made
        import_id = uuid7()
        await progress.add(
            uow.connection, id=import_id, member_id=viewer.member_id, partner_id=viewer.partner_id, filename=filename,
            state=ImportState.PENDING, mapping=mapping, delimiter=delimiter, encoding=encoding, created_at=uow.now,
        )  # fmt: skip
        await idempotency.store_result(uow, idempotency_key, import_id)
    return import_id


def _known(validator: Validator, name: str, given: str | None, known: Mapping[str, str], words: str) -> str | None:
    """Return the value that a given text stands for; None if there is none."""
    if not given:
        return None
    found = known.get(given if given == "\t" else given.strip())
    if found is None:
        validator.add_error(f"Give {words} as the {name}, or leave it out: it is recognised.", name)
    return found


async def cancel_lead_import(app: AppContext, viewer: Viewer, import_id: UUID) -> UUID:
    """Cancel an import: the rows that are in stay, no more follow."""
    async with app.unit_of_work(viewer) as uow:
        found = (await progress.visible(uow.connection, viewer, [import_id])).get(import_id)
        if found is None:
            raise NotFound(field=("importId",))
        permissions.IMPORT_LEADS.require(viewer)
        if not await progress.finish(uow.connection, import_id, ImportState.CANCELLED, uow.now):
            ended = await progress.by_id(uow.connection, import_id)
            if ended is not None and ended.state != ImportState.CANCELLED:
                raise Invalid([InvalidField(("importId",), "This import has ended already.")])
    return import_id


async def imports_by_id(app: AppContext, viewer: Viewer, ids: list[UUID]) -> dict[UUID, LeadImport]:
    """Return those of the imports that the viewer may see; none for members who may not import."""
    return await progress.visible(app.database.reading, viewer, ids) if permissions.IMPORT_LEADS.allows(viewer) else {}


def upload_url(app: AppContext, import_id: UUID) -> str:
    """Return the link to which the file is sent."""
    return f"{app.public_url}/imports/upload?token={app.cursor_codec.encode(UPLOAD, import_id.bytes)}"


async def open_upload_link(app: AppContext, token: str) -> LeadImport:
    """Return the import of an upload link; raise Forbidden if the link or the member's role is not right."""
    try:
        import_id = UUID(bytes=app.cursor_codec.decode(UPLOAD, token))
    except (InvalidCursor, ValueError):
        raise Forbidden("This link is not whole, or not from here. Copy all of it, or start the import again.") from None
    found = await progress.by_id(app.database.reading, import_id)
    if found is None or (found.state == ImportState.PENDING and app.now() - from_millis(found.created_at) >= ABANDONED_AFTER):
        raise Forbidden("This link is no longer good. Start the import again.")
    viewer = await viewer_of(app.database.reading, found.member_id)
    if viewer is None or not permissions.IMPORT_LEADS.allows(viewer):
        raise Forbidden("The member who started this import may not import leads any more.")
    return found


def errors_url(app: AppContext, viewer: Viewer, import_id: UUID) -> str:
    """Return a link to all errors of an import as CSV."""
    expires_at = to_millis(app.now() + app.export_link_lifetime)
    token = app.cursor_codec.encode(ERRORS, _TICKET.pack(import_id.bytes, viewer.member_id.bytes, expires_at))
    return f"{app.public_url}/imports/errors.csv?token={token}"


async def open_errors_link(app: AppContext, token: str) -> UUID:
    """Return the import of a link to its errors; raise Forbidden if the link is not right or late."""
    try:
        import_id, member_id, expires_at = _TICKET.unpack(app.cursor_codec.decode(ERRORS, token))
    except (InvalidCursor, struct.error):
        raise Forbidden("This link is not whole, or not from here. Copy all of it, or read errorsUrl again.") from None
    if to_millis(app.now()) >= expires_at:
        raise Forbidden("This link is no longer good. Read errorsUrl again.")
    viewer = await viewer_of(app.database.reading, UUID(bytes=member_id))
    if viewer is None or not await imports_by_id(app, viewer, [UUID(bytes=import_id)]):
        raise Forbidden("The member that this link was made for may not see it any more.")
    return UUID(bytes=import_id)


async def errors_csv(app: AppContext, import_id: UUID) -> AsyncGenerator[bytes]:
    """Yield the errors of an import as CSV, in pieces."""
    yield (_BOM + csv_line(["Row", "Column", "Message"])).encode()
    last = 0
    while errors := await progress.errors(app.database.reading, import_id, progress.ERRORS_AT_ONCE, last):
        yield "".join(csv_line([str(one.row), _harmless(one.heading or ""), one.message]) for one in errors).encode()
        last = errors[-1].id


def _harmless(text: str) -> str:
    """Return a heading of the file so that a spreadsheet takes it for a text."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "＋", "－", "＝", "＠"} else text
