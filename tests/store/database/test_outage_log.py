import pytest

from gql_leads.store.database.outage_log import AGAIN_AFTER, OutageLog


def test_an_outage_is_told_once_then_once_a_minute_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = OutageLog(lambda: now)

    def told() -> list[str]:
        messages = [record.message for record in caplog.records]
        caplog.clear()
        return messages

    outage.over()
    assert told() == []
    for _ in range(100):
        outage.noticed()
    (away,) = told()
    now = AGAIN_AFTER - 0.1
    outage.noticed()
    assert told() == []
    now = AGAIN_AFTER
    outage.noticed()
    outage.noticed()
    assert told() == [away]
    outage.over()
    outage.over()
    assert told() == ["The database is back."]
    outage.noticed()
    assert told() == [away]
