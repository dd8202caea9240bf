"""Mails about leads: to whom they go, when, and what they tell."""

import asyncio
import email
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from gql_leads.domain.leads.lead import CloseReason, Lead, LeadType
from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.notifications.mail_delivery import MailDelivery, MailOptions
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from gql_leads.services.leads.erasure import erase_lead_contact
from gql_leads.services.leads.responses import decline_lead
from gql_leads.services.maintenance.scheduled_jobs import run_due_jobs
from gql_leads.services.notifications.settings import UpdateNotificationSettings, update_notification_settings
from gql_leads.store.outbox import mails
from tests.factories import World
from tests.fixtures import PROFILES, REFERRALS, REP, SELLER, Clock, build_lead, make_lead, make_member, make_partner, make_profile


class Post:
    """A folder of mails."""

    def __init__(self, app: AppContext, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.delivery = MailDelivery(lambda: app, MailOptions(None, folder, "leads@vendor.example", timedelta(seconds=60)))

    async def sent(self) -> list[EmailMessage]:
        """Deliver what is due, and return the mails that are new in the folder."""
        before = set(self.folder.glob("*.eml"))
        while await self.delivery.deliver_due():
            pass
        new = sorted(set(self.folder.glob("*.eml")) - before)
        return [email.message_from_bytes(file.read_bytes(), policy=default) for file in new]

    async def recipients(self) -> list[str]:
        """Deliver what is due, and return the recipients' names or addresses in order."""
        return sorted(str(mail["To"].addresses[0].display_name or mail["To"].addresses[0].addr_spec) for mail in await self.sent())


@pytest.fixture
def post(app: AppContext, tmp_path: Path) -> Post:
    return Post(app, tmp_path / "mails")


async def insert(app: AppContext, lead: Lead) -> Lead:
    async with app.unit_of_work(None) as uow:
        await uow.insert(lead, "vendor")
    return lead


async def arrive(app: AppContext, world: World, **facts: object) -> Lead:
    """A lead that the service gave to the partner."""
    return await insert(app, await build_lead(app, **{"partner": world.acme, "type": LeadType.OFFER, **facts}))  # type: ignore[arg-type]


@pytest.mark.parametrize("lead_type", [LeadType.OFFER, LeadType.JOINT_PLANNING, LeadType.SHARED_MARKETING])
async def test_referral_admins_get_the_mail(app: AppContext, world: World, post: Post, lead_type: LeadType) -> None:
    lead = await arrive(app, world, type=lead_type, company="Kilo LLC")
    (mail,) = await post.sent()
    assert mail["To"].addresses[0].display_name == "Rafa Referrals"
    assert mail["Subject"] == "New lead: Kilo LLC"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert lead.reference in text
    assert lead.reference in html
    assert lead.last_name not in text
    assert await post.sent() == []


async def test_contacts_of_profiles_and_of_sellers_are_written_to(app: AppContext, world: World, post: Post) -> None:
    profile = await make_profile(app, world.acme)
    await arrive(app, world, type=LeadType.PROFILE, profile_id=profile)
    assert await post.recipients() == ["office@partner.example"]
    for kind in (LeadType.MARKETING_QUALIFIED, LeadType.SALES_QUALIFIED):
        await arrive(app, world, type=kind, recipient_email="sales@acme.example")
    assert await post.recipients() == ["sales@acme.example"] * 2
    await arrive(app, world, type=LeadType.SALES_QUALIFIED)
    assert await post.recipients() == ["Rafa Referrals"]


async def test_an_address_of_a_member_is_replaced_by_the_preferred_one(app: AppContext, world: World, post: Post) -> None:
    member = await make_member(app, world.acme, REP, name="Paula Preferred")
    row = await app.database.reading.fetch_one("SELECT email FROM member WHERE id = ?", member.member_id)
    assert row is not None
    await update_notification_settings(app, member, UpdateNotificationSettings(preferred_email="paula@home.example", language=Language.FR))
    await arrive(app, world, type=LeadType.SALES_QUALIFIED, recipient_email=row["email"].upper(), company="Kilo")
    (mail,) = await post.sent()
    assert (mail["To"].addresses[0].addr_spec, mail["Subject"]) == ("paula@home.example", "Nouveau prospect : Kilo")


async def test_without_referral_admins_others_are_written_to(app: AppContext, world: World, post: Post) -> None:
    partner = await make_partner(app, "Small")
    await make_member(app, partner, REP, name="Rep")
    await arrive(app, world, partner=partner)
    assert await post.recipients() == ["Rep"]
    await make_member(app, partner, PROFILES, name="Profiles")
    await arrive(app, world, partner=partner)
    assert await post.recipients() == ["Profiles"]
    await make_member(app, partner, REFERRALS, name="Referrals")
    await arrive(app, world, partner=partner)
    assert await post.recipients() == ["Referrals"]


async def test_a_waiting_lead_is_mailed_once_it_is_claimed_but_not_to_its_claimer(app: AppContext, world: World, post: Post) -> None:
    waiting = [await insert(app, await build_lead(app, queue=world.general)) for _ in range(2)]
    assert await post.sent() == []
    await claim_lead(app, world.rep, waiting[0].id)
    assert await post.recipients() == ["Rafa Referrals"]
    await claim_lead(app, world.referrals, waiting[1].id)
    assert await post.recipients() == []


async def test_the_eleventh_lead_of_a_day_waits_for_the_digest(app: AppContext, world: World, post: Post, clock: Clock) -> None:
    for number in range(13):
        await arrive(app, world, company=f"Company {number}")
    assert len(await post.sent()) == 10
    clock.advance(hours=24)
    (digest,) = await post.sent()
    assert digest["Subject"] == "Leads of the day: 3"
    text = digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [number for number in range(13) if f"Company {number} " in text or f"Company {number}\n" in text] == [10, 11, 12]
    assert await post.sent() == []
    await arrive(app, world)
    assert [mail["Subject"][:8] for mail in await post.sent()] == ["New lead"]


@pytest.mark.parametrize(
    ("frequency", "at_once"), [(EmailFrequency.IMMEDIATE, 12), (EmailFrequency.DAILY_DIGEST, 0), (EmailFrequency.NONE, 0)]
)
async def test_members_choose_how_often(
    app: AppContext, world: World, post: Post, clock: Clock, frequency: EmailFrequency, at_once: int
) -> None:
    await update_notification_settings(app, world.referrals, UpdateNotificationSettings(email_frequency=frequency))
    for _ in range(12):
        await arrive(app, world)
    assert len(await post.sent()) == at_once
    clock.advance(hours=24)
    assert len(await post.sent()) == (1 if frequency is EmailFrequency.DAILY_DIGEST else 0)


async def test_waiting_digests_can_be_sent_at_once(app: AppContext, world: World, post: Post) -> None:
    for _ in range(13):
        await arrive(app, world)
    assert len(await post.sent()) == 10
    async with app.database.transaction() as connection:
        assert await mails.hasten_digests(connection, app.now()) == 3
    assert [mail["Subject"] for mail in await post.sent()] == ["Leads of the day: 3"]
    async with app.database.transaction() as connection:
        assert await mails.hasten_digests(connection, app.now()) == 0


async def test_muted_kinds_are_not_mailed(app: AppContext, world: World, post: Post) -> None:
    muted = UpdateNotificationSettings(muted_kinds=[NotificationKind.NEW_LEAD])
    await update_notification_settings(app, world.referrals, muted)
    await arrive(app, world)
    hot = await arrive(app, world, contact_requested_at=app.now(), company="Hot")
    assert [mail["Subject"] for mail in await post.sent()] == [f"Hot lead: {hot.company}"]


async def test_a_decline_is_told_to_the_sender_and_the_customer(app: AppContext, world: World, post: Post) -> None:
    seller = await make_member(app, None, SELLER, name="Stella Seller")
    lead = await make_lead(
        app, partner=world.acme, sender_id=seller.member_id, email="ada@example.com", first_name="Ada", last_name="Byron", country="CZ",
        listing_name="Ledger", consent_to_contact=True,
    )  # fmt: skip
    await post.sent()
    await decline_lead(app, world.rep, lead, CloseReason.BUDGET_NOT_ADEQUATE, "too poor")
    mails = {str(mail["To"].addresses[0].display_name): mail for mail in await post.sent()}
    assert set(mails) == {"Stella Seller", "Ada Byron"}
    customer = mails["Ada Byron"]
    assert customer["Subject"] == "Vaše poptávka: Ledger"
    assert "too poor" not in customer.as_string()
    assert "BUDGET" not in customer.as_string()
    other = await make_lead(app, partner=world.acme, email="ben@example.com", consent_to_contact=False)
    await post.sent()
    await decline_lead(app, world.rep, other, CloseReason.OTHER, None)
    assert await post.recipients() == ["Chris Channel"]


async def test_an_expired_lead_is_told_once(app: AppContext, world: World, post: Post, clock: Clock) -> None:
    await arrive(app, world)
    await post.sent()
    clock.advance(days=15)
    await run_due_jobs(app)
    assert await post.recipients() == ["Chris Channel"]


async def test_erasure_removes_the_mails_and_their_files(app: AppContext, world: World, post: Post) -> None:
    lead = await arrive(app, world, company="Kilo LLC")
    await post.sent()
    assert len(list(post.folder.iterdir())) == 1
    await erase_lead_contact(app, world.referrals, lead.id)
    assert await post.sent() == []
    assert list(post.folder.iterdir()) == []
    assert await app.database.reading.fetch("SELECT id FROM mail") == []


async def test_a_mail_that_is_erased_while_it_is_sent_leaves_no_file(
    app: AppContext, world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await arrive(app, world)
    send = post.delivery._send

    async def send_during_the_erasure(message: EmailMessage, filename: str) -> None:
        await erase_lead_contact(app, world.referrals, lead.id)
        await Post(app, post.folder).delivery._remove_erased(app)
        await send(message, filename)

    monkeypatch.setattr(post.delivery, "_send", send_during_the_erasure)
    assert await post.sent() == []
    assert list(post.folder.iterdir()) == []
    assert await app.database.reading.fetch("SELECT id FROM mail") == []


@pytest.mark.parametrize("company", ["A\u2028B", "=?utf-8?q?x?=", "x" * 200, "\"<b>'&", "Ā" * 200])
async def test_no_name_can_end_a_header(app: AppContext, world: World, post: Post, company: str) -> None:
    await arrive(app, world, company=company)
    (mail,) = await post.sent()
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert "<b>" not in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]


async def test_two_servers_share_the_mails(app: AppContext, world: World, post: Post, clock: Clock) -> None:
    for _ in range(15):
        await arrive(app, world)
    other = Post(app, post.folder)
    await asyncio.gather(post.sent(), other.sent())
    clock.advance(hours=24)
    await asyncio.gather(post.sent(), other.sent())
    files = [email.message_from_bytes(file.read_bytes(), policy=default) for file in post.folder.glob("*.eml")]
    counted = [1 if mail["Subject"].startswith("New lead") else int(mail["Subject"].rpartition(" ")[2]) for mail in files]
    assert sum(counted) == 15
    assert counted.count(1) >= 10
    assert await app.database.reading.fetch("SELECT id FROM mail WHERE sent_at IS NULL") == []
