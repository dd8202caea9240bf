"""Uploads of files to be imported: kept in the database in pieces, so that every server can read them."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.files import what_is_wrong
from gql_leads.store.intake.imports import progress, uploads


class RefusedUpload(Exception):
    """The file is not accepted; `status` is that of the HTTP response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def receive_file(app: AppContext, import_id: UUID, stream: AsyncIterator[bytes]) -> None:
    """Keep the file and let the import run; raise RefusedUpload.

    An upload that is cut off leaves the import as it was, so that it can be repeated.
    """
    upload_id = uuid4()
    try:
        number = 0
        async for chunk in in_chunks(_checked(stream, app.import_limits.size)):
            if number == 0 and (message := what_is_wrong(chunk)):
                raise RefusedUpload(415, message)
            async with app.database.transaction() as connection:
                await uploads.add_chunk(connection, import_id, upload_id, number, chunk)
            number += 1
        if not number:
            raise RefusedUpload(400, "The file is empty.")
        async with app.database.transaction() as connection:
            is_started = await progress.start(connection, import_id, upload_id)
        if not is_started:
            raise RefusedUpload(409, "This import has its file already, or has ended. Start another import for another file.")
    except BaseException:
        await delete_upload(app, import_id, upload_id)
        raise


async def delete_upload(app: AppContext, import_id: UUID, upload_id: UUID) -> None:
    """Delete the pieces of an upload."""
    is_left = True
    while is_left:
        async with app.database.transaction() as connection:
            is_left = await uploads.delete_some(connection, import_id, upload_id)


async def _checked(stream: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """Yield the stream; raise RefusedUpload if it is longer than `most` bytes."""
    length = 0
    async for piece in stream:
        length += len(piece)
        if length > most:
            raise RefusedUpload(413, too_large(most))
        yield piece


def too_large(most: int) -> str:
    """Return the sentence about a file of more than `most` bytes."""
    return f"The file is larger than {most:,} bytes. Split it into several files, each with the header."


async def in_chunks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a stream in pieces of the size in which files are kept."""
    rest = bytearray()
    async for piece in stream:
        rest += piece
        while len(rest) >= uploads.CHUNK:
            yield bytes(rest[: uploads.CHUNK])
            del rest[: uploads.CHUNK]
    if rest:
        yield bytes(rest)
