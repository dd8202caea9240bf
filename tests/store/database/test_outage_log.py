"""Outages of the database are logged at their start and end, and once a minute in between."""

import pytest

from gql_leads.store.database.outage_log import AGAIN_AFTER, OutageLog


def test_outage_is_logged_once_a_minute_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage_log = OutageLog(lambda: now)

    def logged_messages() -> list[str]:
        messages = [record.message for record in caplog.records]
        caplog.clear()
        return messages

    outage_log.over()
    assert logged_messages() == []
    for _ in range(100):
        outage_log.noticed()
    (away,) = logged_messages()
    now = AGAIN_AFTER - 0.1
    outage_log.noticed()
    assert logged_messages() == []
    now = AGAIN_AFTER
    outage_log.noticed()
    outage_log.noticed()
    assert logged_messages() == [away]
    outage_log.over()
    outage_log.over()
    assert logged_messages() == ["The database is back."]
    outage_log.noticed()
    assert logged_messages() == [away]
