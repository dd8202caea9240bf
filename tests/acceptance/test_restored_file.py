"""A restored SQLite file refuses the cursors of the log that it replaces, however far its own log has grown."""

import shutil

from gql_leads.store.database.configuration import sqlite_path
from tests.acceptance.restored import assert_old_cursors_expire, enter
from tests.acceptance.server import Installation


def test_cursors_expire_after_a_restore_and_after_a_plain_copy(with_organization: Installation) -> None:
    installation, file = with_organization, sqlite_path(with_organization.database_url)
    backup, plain = installation.folder / "backup.db", installation.folder / "plain.db"
    with installation.serving() as server:
        channel = server.member("channel@vendor.example")
        enter(channel, 2)
        cursors = [channel.cursor()]
        assert installation.run("backup", str(backup)).status == 0
        enter(channel, 3)
        cursors.append(channel.cursor())
        server.interrupt()
    shutil.copyfile(file, plain)
    for _ in range(2):  # the same backup twice: the second log must not continue the first
        ended = installation.run("restore", str(backup))
        assert ended.status == 0, ended.log
        with installation.serving() as server:
            channel = server.member("channel@vendor.example")
            assert_old_cursors_expire(channel, cursors)
            cursors = [cursors[0], channel.cursor()]
            server.interrupt()
    shutil.copyfile(plain, file)
    assert installation.run("new-epoch").status == 0
    with installation.serving() as server:
        assert_old_cursors_expire(server.member("channel@vendor.example"), cursors)
