"""Settings of notifications and mails through the API."""

import pytest

from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World

SETTINGS = "language preferredEmail emailFrequency mutedKinds"
READ = f"{{ viewer {{ notificationSettings {{ {SETTINGS} }} }} }}"
DEFAULT: dict[str, object] = {"language": "EN", "preferredEmail": None, "emailFrequency": "AUTOMATIC", "mutedKinds": []}


async def test_settings_are_the_viewers_own(app: AppContext, world: World, ask: Ask) -> None:
    assert (await ask(world.rep, READ))["viewer"]["notificationSettings"] == DEFAULT
    wanted = {
        "language": "CS",
        "preferredEmail": "Rita@Home.example",
        "emailFrequency": "DAILY_DIGEST",
        "mutedKinds": ["MENTION", "NEW_LEAD"],
    }
    made = await mutate(ask, world.rep, "updateNotificationSettings", f"settings {{ {SETTINGS} }}", **wanted)
    expected = {**wanted, "preferredEmail": "Rita@home.example"}
    assert made == {"settings": expected, "errors": []}
    assert (await ask(world.rep, READ))["viewer"]["notificationSettings"] == expected
    assert (await ask(world.colleague, READ))["viewer"]["notificationSettings"] == DEFAULT
    cleared = await mutate(
        ask, world.rep, "updateNotificationSettings", f"settings {{ {SETTINGS} }}", preferredEmail=None, mutedKinds=None
    )  # fmt: skip
    assert cleared["settings"] == {**expected, "preferredEmail": None, "mutedKinds": []}


@pytest.mark.parametrize(
    ("given", "field"),
    [({"preferredEmail": "a b"}, "preferredEmail"), ({"language": None}, "language"), ({"emailFrequency": None}, "emailFrequency")],
)
async def test_what_is_wrong_is_named(world: World, ask: Ask, given: dict[str, object], field: str) -> None:
    refused = await mutate(ask, world.rep, "updateNotificationSettings", f"settings {{ {SETTINGS} }} errors {{ message }}", **given)
    assert errors_of(refused) == [("InvalidInput", [field])]
