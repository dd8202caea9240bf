"""Mails to be sent, written in the transaction of the change that they report."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet
from uuid_utils.compat import uuid7

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.outbox.lead_mails import MailKind, mails_of
from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.mails import Mail, MailCount, MailOptOut
from gql_leads.store.sql.rows import to_millis


async def add_mail_to_member(connection: Connection, kind: str, member_id: UUID, now: datetime, *, link_id: UUID | None = None) -> None:
    """Add a mail to a member, due now."""
    columns = {"id": uuid7(), "kind": kind, "member_id": member_id, "link_id": link_id}
    await Mail.create(using_db=connection.client, **columns, created_at=to_millis(now), due_at=to_millis(now))


REQUEST: Final = (
    "INSERT INTO mail (id, kind, lead_id, partner_id, actor_id, created_at, due_at, is_request, attempts)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"
)
"""Raw SQL because the unit of work sends it to PostgreSQL in the round trip of the change."""


def requests_of(
    viewer: Viewer | None, change: TimelineKind, before: Lead | None, after: Lead, now: datetime, hot_for: timedelta
) -> list[tuple[object, ...]]:
    """Return the parameters of `REQUEST` for each mail that a change of a lead calls for.

    All but the customer's have no recipients yet.
    """
    actor_id = viewer.member_id if viewer else None
    return [
        (uuid7(), kind, after.id, after.partner_id, actor_id, now, now, kind is not MailKind.CUSTOMER_DECLINED)
        for kind in mails_of(change, before, after, now, hot_for)
    ]


async def take_due(connection: Connection, now: datetime, leased_until: datetime, most: int) -> list[list[Mail]]:
    """Lease and return due mails, the oldest first: each alone, or all of one digest.

    No two servers get the same one.
    """
    free = Q(leased_until=None) | Q(leased_until__lt=to_millis(now))
    due = Mail.filter(free, due_at__lte=to_millis(now)).using_db(connection.client)
    taken: list[list[Mail]] = []
    for mail in await due.order_by("due_at", "id").limit(most):
        if mail.is_digest:
            if digest := await _take_digest(due, mail, leased_until):
                taken.append(digest)
        elif await due.filter(id=mail.id).update(leased_until=to_millis(leased_until)):
            taken.append([mail])
    return taken


async def _take_digest(due: QuerySet[Mail], first: Mail, leased_until: datetime) -> list[Mail]:
    """Lease the due mails of the same recipient's digest: those of an earlier attempt, or else those that were in none."""
    together = due.filter(is_digest=True, member_id=first.member_id, address=first.address, sent_as=first.sent_as)
    mails = await together.select_for_update().order_by("id")
    if mails and mails[0].leased_until == to_millis(leased_until):
        return []
    for mail in mails:
        mail.sent_as = first.sent_as or mails[0].id
    await due.filter(id__in=[mail.id for mail in mails]).update(
        leased_until=to_millis(leased_until), sent_as=first.sent_as or mails[0].id if mails else None
    )
    return mails


async def extend_lease(connection: Connection, ids: Collection[UUID], leased_until: datetime, until: datetime) -> bool:
    """Extend the lease of mails; return False if another server has taken them meanwhile."""
    leased = Mail.filter(id__in=list(ids), leased_until=to_millis(leased_until)).using_db(connection.client)
    return await leased.update(leased_until=to_millis(until)) > 0


async def hasten_digests(connection: Connection, now: datetime) -> int:
    """Make the mails that wait for a digest due now; return their number."""
    waiting = Mail.filter(is_digest=True, leased_until=None, due_at__gt=to_millis(now)).using_db(connection.client)
    return await waiting.update(due_at=to_millis(now))


async def replace_request(connection: Connection, request: Mail, mails: Sequence[Mail]) -> None:
    """Add the mails of a request's recipients in its place."""
    if await Mail.filter(id=request.id, is_request=True).using_db(connection.client).delete() and mails:
        await Mail.bulk_create(mails, using_db=connection.client)


async def count_mail(connection: Connection, recipient: str, day: int) -> int:
    """Count a mail to a recipient and return the number of the day; it waits for others that count one to the same."""
    row = await connection.fetch_one(
        "INSERT INTO mail_count (id, recipient, day, count) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (recipient, day) DO UPDATE SET count = mail_count.count + 1 RETURNING count",
        uuid7(), recipient, day,
    )  # fmt: skip
    assert row is not None, "the statement returns its row"
    return int(row["count"])


async def opt_out(connection: Connection, address_hash: str, now: datetime) -> None:
    """Send no more mails about leads to an address."""
    await MailOptOut.bulk_create(
        [MailOptOut(address_hash=address_hash, opted_out_at=to_millis(now))], ignore_conflicts=True, using_db=connection.client
    )


async def opted_out(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of the hashes whose addresses want no mails about leads."""
    return {one.address_hash for one in await MailOptOut.filter(address_hash__in=list(hashes)).using_db(connection.client)}


async def erase_mails_of(connection: Connection, lead_ids: Collection[UUID]) -> None:
    """Have the mails about these leads and their files removed; errors, which may name customers, at once."""
    mails = Mail.filter(lead_id__in=list(lead_ids)).using_db(connection.client)
    await mails.update(due_at=None, error=None, is_erased=True)


async def take_erased(connection: Connection, most: int) -> list[Mail]:
    """Return some of the mails whose files are to be removed."""
    return await Mail.filter(is_erased=True).using_db(connection.client).order_by("id").limit(most)


async def delete_mails(connection: Connection, ids: Collection[UUID]) -> None:
    """Delete mails."""
    await Mail.filter(id__in=list(ids)).using_db(connection.client).delete()


async def add_report(connection: Connection, kind: str, member_ids: Collection[UUID], now: datetime) -> None:
    """Add a mail of this kind to each member for whom none is waiting."""
    waiting = Mail.filter(kind=kind, member_id__in=list(member_ids), due_at__isnull=False).using_db(connection.client)
    reported = {mail.member_id for mail in await waiting}
    for member_id in sorted(set(member_ids) - reported):
        await add_mail_to_member(connection, kind, member_id, now)


async def failed_since(connection: Connection, since: datetime, most: int) -> list[Mail]:
    """Return mails that were given up since then, the newest first."""
    failed = Mail.filter(failed_at__gte=to_millis(since)).using_db(connection.client)
    return await failed.order_by("-failed_at", "-id").limit(most)


async def delete_older(connection: Connection, before: datetime) -> None:
    """Delete mails that were sent or given up before this instant, and counts of days before."""
    for column in ("sent_at", "failed_at"):
        await Mail.filter(**{f"{column}__lt": to_millis(before)}).using_db(connection.client).delete()
    await MailCount.filter(day__lt=to_millis(before) // 86_400_000).using_db(connection.client).delete()


async def record_sent(connection: Connection, ids: Collection[UUID], now: datetime) -> int:
    """Record that mails were sent; return how many, without those that were erased meanwhile."""
    return await _update(connection, ids, sent_at=to_millis(now), due_at=None, leased_until=None, error=None)


async def record_retry(connection: Connection, ids: Collection[UUID], due_at: datetime, error: str) -> None:
    """Record a failed attempt, and the time of the next."""
    await _update(connection, ids, attempts=F("attempts") + 1, due_at=to_millis(due_at), leased_until=None, error=error)


async def record_failed(connection: Connection, ids: Collection[UUID], now: datetime, error: str) -> None:
    """Record that mails are given up."""
    await _update(connection, ids, failed_at=to_millis(now), due_at=None, leased_until=None, error=error)


async def _update(connection: Connection, ids: Collection[UUID], **columns: object) -> int:
    """Update mails; one that was erased while it was sent stays without an error, which may name the customer."""
    return await Mail.filter(id__in=list(ids), is_erased=False).using_db(connection.client).update(**columns)
