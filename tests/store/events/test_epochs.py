"""A restored database starts a new epoch of the event log, in which cursors of lost events are refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gql_leads.domain.errors import BadInput, CursorExpired
from gql_leads.services.app_context import AppContext
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.database.backup import back_up, restore
from gql_leads.store.database.configuration import sqlite_path
from gql_leads.store.events import event_log
from gql_leads.store.events.epochs import ensure_epoch, start_epoch
from gql_leads.store.events.event_log import BEGINNING, Position
from tests.fixtures import Clock, make_lead, migrate_to, open_app_context, wait_for_event_log


async def positions(app: AppContext) -> list[Position]:
    """Return the positions of all events that the log holds."""
    await wait_for_event_log(app)
    begin = await event_log.oldest(app.database.reading)
    return [logged.position for logged in await event_log.read(app.database.reading, begin, 1_000)]


async def epoch_of(app: AppContext) -> int:
    return (await event_log.horizon(app.database.reading)).epoch


async def is_expired(app: AppContext, position: Position) -> bool:
    """Return True if both a new stream and one under way are refused at this position."""
    refusals = 0
    for reading in (event_log.check(app.database.reading, position), event_log.read(app.database.reading, position, 10)):
        try:
            await reading
        except CursorExpired:
            refusals += 1
    assert refusals in {0, 2}
    return refusals == 2


async def check_again(app: AppContext) -> bool:
    """Check the epoch as a starting server does; return whether a new one began."""
    async with app.database.transaction() as connection:
        return await ensure_epoch(connection)


async def change_identity(app: AppContext, part: int | None) -> None:
    """Write the log's state as another cluster, timeline or database would have: None for a release without identities."""
    (row,) = await app.database.writing.fetch("SELECT identity FROM log_state")
    parts = row["identity"].split("/")
    changed = None if part is None else "/".join([*parts[:part], "7", *parts[part + 1 :]])
    await app.database.writing.execute("UPDATE log_state SET identity = ?", changed)


async def test_new_epoch_expires_every_older_cursor_and_no_newer_one(app: AppContext, clock: Clock) -> None:
    await make_lead(app)
    await make_lead(app)
    old = [*await positions(app), await event_log.horizon(app.database.reading)]
    async with app.database.transaction() as connection:
        await start_epoch(connection)
    assert await positions(app) == []
    now = await event_log.horizon(app.database.reading)
    for _ in range(5):  # the log grows past the lost positions
        await make_lead(app)
    new = await positions(app)
    assert len(new) == 5
    assert [await is_expired(app, one) for one in (BEGINNING, *old)] == [True] * 4
    assert [await is_expired(app, one) for one in (now, *new)] == [False] * 6
    clock.advance(days=31)
    await scheduled_jobs.delete_old_records(app)
    assert [await is_expired(app, one) for one in (*old, new[0])] == [True] * 4
    assert await app.database.reading.fetch("SELECT * FROM event") == []


async def test_trimming_older_epochs_keeps_the_present_one(app: AppContext, clock: Clock) -> None:
    await make_lead(app)
    clock.advance(days=20)
    async with app.database.transaction() as connection:
        await start_epoch(connection)
    now = await event_log.horizon(app.database.reading)
    await make_lead(app)
    clock.advance(days=11)
    await scheduled_jobs.delete_old_records(app)
    assert not await is_expired(app, now)
    assert len(await positions(app)) == 1


async def test_only_another_identity_starts_an_epoch_on_postgres(app: AppContext) -> None:
    first = await epoch_of(app)
    assert not await check_again(app)
    if app.database.dialect == "sqlite":
        return
    for part in range(4):
        before = await epoch_of(app)
        assert not await check_again(app)
        await change_identity(app, part)
        assert await check_again(app)
        assert await epoch_of(app) > before
    await change_identity(app, None)
    before = await epoch_of(app)
    assert not await check_again(app)
    assert await epoch_of(app) == before > first


async def test_log_without_identity_starts_an_epoch_if_its_transactions_lie_ahead(app: AppContext) -> None:
    if app.database.dialect == "sqlite":
        return
    await make_lead(app)
    await app.database.writing.execute("UPDATE event SET xid = xid + 4000000000")
    await app.database.writing.execute("UPDATE log_state SET identity = NULL")
    assert await check_again(app)
    assert await positions(app) == []


async def test_database_of_the_previous_release_keeps_its_cursors(app: AppContext) -> None:
    await make_lead(app)
    (position,) = await positions(app)
    await migrate_to(app.database, "0011_masked_messages")
    await migrate_to(app.database)
    assert not await check_again(app)
    assert not await is_expired(app, position)


async def test_backups_restored_twice_never_share_an_epoch(app: AppContext, tmp_path: Path) -> None:
    if app.database.dialect == "postgres":
        return
    database, copy = sqlite_path(app.database.url), tmp_path / "copy.db"
    await make_lead(app)
    (kept,) = await positions(app)
    back_up(database, copy)
    lost = [kept]
    for _ in range(3):
        restored = tmp_path / "restored.db"
        restore(copy, restored)
        async with open_app_context(f"sqlite://{restored}", Clock()) as other:
            assert [await is_expired(other, one) for one in lost] == [True] * len(lost)
            for _ in range(4):
                await make_lead(other)
            lost += await positions(other)
            assert [await is_expired(other, one) for one in lost[-4:]] == [False] * 4
    assert len({one.epoch for one in lost}) == 4
    assert not await is_expired(app, kept)
    async with open_app_context(f"sqlite://{copy}", Clock()) as put_in_place:  # a backup used without `restore`
        for _ in range(4):
            await make_lead(put_in_place)
        assert await is_expired(put_in_place, kept)


async def test_restore_keeps_the_replaced_database_and_refuses_one_in_use(app: AppContext, tmp_path: Path) -> None:
    if app.database.dialect == "postgres":
        return
    database, copy = sqlite_path(app.database.url), tmp_path / "copy.db"
    back_up(database, copy)
    with pytest.raises(BadInput, match="in use"):
        restore(copy, database)
    target = tmp_path / "leads.db"
    assert restore(copy, target) is None
    async with open_app_context(f"sqlite://{target}", Clock()) as other:
        await make_lead(other)
    with closing(sqlite3.connect(target)) as killed:
        killed.execute("PRAGMA wal_autocheckpoint = 0")
        killed.execute("DELETE FROM lead")
        killed.commit()
        crashed = {name: (tmp_path / name).read_bytes() for name in ("leads.db", "leads.db-wal")}
    for name, content in crashed.items():  # as after a kill: the last change is in the write-ahead log alone
        (tmp_path / name).write_bytes(content)
    kept = restore(copy, target)
    assert kept == tmp_path / "leads.db.before-restore"
    with closing(sqlite3.connect(kept)) as replaced:
        assert replaced.execute("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM lead)").fetchone() == (1, 0)
    with closing(sqlite3.connect(target)) as restored:
        assert restored.execute("SELECT count(*) FROM event").fetchone() == (0,)
    assert not list(tmp_path.glob("*-wal"))  # noqa: ASYNC240  (nothing else runs)


def test_restore_of_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    target, text, foreign = (tmp_path / name for name in ("leads.db", "notes.txt", "foreign.db"))
    target.write_bytes(b"as it was")
    text.write_bytes(b"no database at all " * 200)
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE song (id INTEGER)")
        connection.commit()
    for source, words in ((text, "cannot be restored"), (foreign, "no database of gql_leads"), (tmp_path / "none", "no backup"),
                          (target, "the database itself")):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            restore(source, target)
    assert target.read_bytes() == b"as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign.db", "leads.db", "notes.txt"]
