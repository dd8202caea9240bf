"""Uploads: what is refused, and that a refused or cut one can be repeated."""

from collections.abc import AsyncIterator

import pytest

from gql_leads.domain.imports.limits import ImportLimits
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import NewImport, start_lead_import
from gql_leads.services.imports.runner import ImportRunner
from gql_leads.services.imports.uploads import RefusedUpload, receive_file
from gql_leads.store.intake.imports import uploads
from tests.factories import World
from tests.services.imports.importing import all_leads, in_pieces, result_of


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"\x1f\x8b\x08gzip", 415), (b"PK\x03\x04xlsx", 415), (b"Last Name\n" + b"x" * 100, 413)],
)
async def test_what_is_no_csv_is_refused_and_can_be_sent_again(app: AppContext, world: World, content: bytes, status: int) -> None:
    object.__setattr__(app, "import_limits", ImportLimits(size=100))
    import_id = await start_lead_import(app, world.referrals, NewImport("x.csv"))
    with pytest.raises(RefusedUpload) as refused:
        await receive_file(app, import_id, in_pieces(content, 10))
    assert refused.value.status == status
    assert await app.database.writing.fetch("SELECT id FROM lead_import_chunk") == []
    await receive_file(app, import_id, in_pieces(b"Last Name\nA\n"))
    with pytest.raises(RefusedUpload, match="has its file already"):
        await receive_file(app, import_id, in_pieces(b"Last Name\nB\n"))
    await ImportRunner(lambda: app).run_next()
    assert [lead.last_name for lead in await all_leads(app)] == ["A"]


async def test_a_cut_upload_leaves_nothing(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 10)
    import_id = await start_lead_import(app, world.referrals, NewImport("x.csv"))

    async def cut() -> AsyncIterator[bytes]:
        yield b"Last Name\nA\nB\nC\nD\nE\n"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await receive_file(app, import_id, cut())
    assert await app.database.writing.fetch("SELECT id FROM lead_import_chunk") == []
    await receive_file(app, import_id, in_pieces(b"Last Name\nA\nB\nC\n", 3))
    await ImportRunner(lambda: app).run_next()
    assert (await result_of(app, import_id)).counts == (3, 3, 3, 0, 0, 0)
