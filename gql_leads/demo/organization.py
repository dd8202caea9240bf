"""The demo's vendor and partners, with their members, listings and profiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.viewer import MemberRole
from gql_leads.store import queues
from gql_leads.store.campaigns import Campaign
from gql_leads.store.organization import directory
from gql_leads.store.sql.bulk_insert import insert_missing
from gql_leads.store.unit_of_work import UnitOfWork

NAMESPACE: Final = UUID("0d5c5b4e-5b0e-5c1e-9c35-2f6f0e9b7a11")
"""Ids are derived from names, so that a second run finds the rows of the first."""

ADMIN: Final = "admin@vendor.example"
CHANNEL: Final = "channel@vendor.example"
SELLER: Final = "seller@vendor.example"


@dataclass(frozen=True, slots=True)
class PartnerSketch:
    """The definition of a partner; its members' addresses are at `domain`."""

    name: str
    domain: str
    country: str
    people: tuple[str, str, str]
    """Names of the sales rep, the referral admin and the business profile admin."""
    applications: tuple[str, ...]
    services: tuple[str, ...]
    locations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A member; `partner_id` is None for the vendor's."""

    id: UUID
    partner_id: UUID | None
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class DemoListing:
    """A listing."""

    id: UUID
    name: str
    kind: ListingKind


@dataclass(frozen=True, slots=True)
class DemoPartner:
    """A partner as it is stored."""

    id: UUID
    rep: Person
    referrals: Person
    listings: tuple[DemoListing, ...]
    profile_ids: tuple[UUID, ...]
    locations: tuple[str, ...]
    """The location of each profile."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The members, partners, queue and campaigns that demo leads refer to."""

    admin: Person
    channel: Person
    seller: Person
    partners: tuple[DemoPartner, ...]
    queue_id: UUID
    """The general queue."""
    campaigns: tuple[Campaign, ...] = ()


PARTNERS: Final = (
    PartnerSketch("Acme Cloud", "acme.example", "US", ("Ann Carter", "Abel Romero", "Aiko Tanaka"),
                  ("Acme Backup", "Acme Inventory 365"), ("Cloud migration in 4 weeks", "Acme Care"),
                  (("Seattle", "US"), ("London", "GB"))),
    PartnerSketch("Globex", "globex.example", "DE", ("Greta Weiß", "Gökhan Öztürk", "Gabriele Conti"),
                  ("Globex ERP",), ("ERP-Einführung für den Mittelstand",), (("München", "DE"),)),
    PartnerSketch("Initech", "initech.example", "US", ("Ian Novak", "Inès Lefèvre", "Ivy Chen"),
                  ("Initech Reports", "Initech TPS"), ("TPS report training",), (("Austin", "US"), ("Toronto", "CA"))),
    PartnerSketch("Umbrella Health", "umbrella.example", "GB", ("Una O'Neil", "Uwe Schmidt", "Usha Rao"),
                  ("Ward Planner",), ("Hospital rollout",), (("Edinburgh", "GB"),)),
    PartnerSketch("Søren & Co", "soren.example", "DK", ("Søren Kjær", "Sofie Ågård", "Signe Holm"),
                  ("Lager+",), ("Integration på 10 dage",), (("København", "DK"), ("Malmö", "SE"))),
    PartnerSketch("Łódź Systems", "lodz.example", "PL", ("Łukasz Wójcik", "Lena Dąbrowska", "Leon Żak"),
                  ("Faktury_24",), ("Wdrożenie 100 %",), (("Łódź", "PL"),)),
    PartnerSketch("Tyrell", "tyrell.example", "ES", ("Tomás Peña", "Teresa Güell", "Trini Muñoz"),
                  ("Tyrell Voice", "Tyrell Vision"), ("Consultoría IA",), (("Madrid", "ES"), ("Lisboa", "PT"))),
    PartnerSketch("さくらソフト", "sakura.example", "JP", ("佐藤 健太", "鈴木 美咲", "髙橋 純"),
                  ("さくら勤怠",), ("導入支援サービス",), (("東京", "JP"),)),
    PartnerSketch("Київ Хмара", "kyiv.example", "UA", ("Олена Шевченко", "Тарас Щербак", "Юлія Жук"),
                  ("Хмарний облік",), ("Міграція під ключ",), (("Київ", "UA"),)),
    PartnerSketch("Hooli Labs", "hooli.example", "IN", ("Harsha Iyer", "Hema Sharma", "Hari Bosu"),
                  ("Hooli Chat",), ("24x7 support",), (("Bengaluru", "IN"), ("Singapore", "SG"))),
    PartnerSketch("Vandelay Industries", "vandelay.example", "BR", ("Vânia Brandão", "Vítor Araújo", "Vera Simões"),
                  ("Importador", "Exportador"), ("Despacho aduaneiro",), (("São Paulo", "BR"),)),
    PartnerSketch("نيل تك", "nile.example", "EG", ("نادية منصور", "ناصر حسن", "نور الشريف"),
                  ("متجر النيل",), ("تدريب وتشغيل",), (("القاهرة", "EG"), ("دبي", "AE"))),
)  # fmt: skip

_ROLES: Final = (("rep", MemberRole.SALES_REP), ("referrals", MemberRole.REFERRAL_ADMIN), ("profile", MemberRole.BUSINESS_PROFILE_ADMIN))
_VENDOR: Final = (
    (ADMIN, "Ada Admin", MemberRole.ADMINISTRATOR),
    (CHANNEL, "Chris Channel", MemberRole.CHANNEL_MANAGER),
    (SELLER, "Sam Seller", MemberRole.SELLER),
)


async def insert_organization(uow: UnitOfWork) -> Organization:
    """Insert the missing rows of the organization, and return all of it."""
    partners_to_insert = [
        {
            "id": _id("partner", one.domain), "name": one.name, "name_key": fold(one.name), "search_text": search_text(one.name),
            "country": one.country, "is_active": True, "created_at": uow.now,
        }
        for one in PARTNERS
    ]  # fmt: skip
    await insert_missing(uow.connection, "partner", partners_to_insert)
    partner_ids = await directory.ids_by_key(uow.connection, "partner", "name_key", [fold(one.name) for one in PARTNERS])
    await _insert_members(uow, partner_ids)
    await _insert_listings(uow, partner_ids)
    addresses = [email for email, *_ in _VENDOR] + [f"{role}@{one.domain}" for one in PARTNERS for role, _ in _ROLES]
    member_ids = await directory.ids_by_key(uow.connection, "member", "email_key", addresses)
    admin, channel, seller = (Person(member_ids[email], None, email, name) for email, name, _ in _VENDOR)
    partners = tuple(_partner(one, partner_ids[fold(one.name)], member_ids) for one in PARTNERS)
    return Organization(admin, channel, seller, partners, await queues.general(uow.connection))


async def _insert_members(uow: UnitOfWork, partner_ids: Mapping[str, UUID]) -> None:
    vendors = [(email, name, role, None) for email, name, role in _VENDOR]
    partners = [
        (f"{local}@{one.domain}", name, role, partner_ids[fold(one.name)])
        for one in PARTNERS
        for name, (local, role) in zip(one.people, _ROLES, strict=True)
    ]
    rows = [
        {
            "id": member_id(email), "partner_id": partner_id, "name": name, "name_key": fold(name),
            "search_text": search_text(name, email), "email": email, "email_key": email, "roles": [role], "is_active": True,
            "created_at": uow.now,
        }
        for email, name, role, partner_id in [*vendors, *partners]
    ]  # fmt: skip
    await insert_missing(uow.connection, "member", rows)


async def _insert_listings(uow: UnitOfWork, partner_ids: Mapping[str, UUID]) -> None:
    listings = [
        {
            "id": one.id, "partner_id": partner_ids[fold(sketch.name)], "name": one.name, "name_key": fold(one.name),
            "search_text": search_text(one.name), "kind": one.kind, "calls_to_action": _calls(one.kind),
            "is_published": True, "created_at": uow.now,
        }
        for sketch in PARTNERS
        for one in _listings_of(sketch)
    ]  # fmt: skip
    await insert_missing(uow.connection, "listing", listings)
    profiles = [
        {
            "id": _id("profile", one.domain, city), "partner_id": partner_ids[fold(one.name)], "location": city, "location_key": fold(city),
            "search_text": search_text(city), "country": country, "contact_email": f"profile@{one.domain}",
            "keywords": ["cloud", *one.applications],
            "company_sizes": [CompanySize.EMPLOYEES_10_TO_50, CompanySize.EMPLOYEES_51_TO_250], "created_at": uow.now,
        }
        for one in PARTNERS
        for city, country in one.locations
    ]  # fmt: skip
    await insert_missing(uow.connection, "business_profile", profiles)


def member_id(email: str) -> UUID:
    """Return the id of the demo's member with this address."""
    return _id("member", email)


def _calls(kind: ListingKind) -> list[CallToAction]:
    return list(CallToAction) if kind is ListingKind.APPLICATION else [CallToAction.CONTACT_ME]


def _partner(sketch: PartnerSketch, partner_id: UUID, member_ids: Mapping[str, UUID]) -> DemoPartner:
    rep, referrals = (
        Person(member_ids[email], partner_id, email, name)
        for email, name in zip((f"rep@{sketch.domain}", f"referrals@{sketch.domain}"), sketch.people[:2], strict=True)
    )
    profile_ids = tuple(_id("profile", sketch.domain, city) for city, _ in sketch.locations)
    return DemoPartner(partner_id, rep, referrals, _listings_of(sketch), profile_ids, tuple(city for city, _ in sketch.locations))


def _listings_of(sketch: PartnerSketch) -> tuple[DemoListing, ...]:
    kinds = ((ListingKind.APPLICATION, sketch.applications), (ListingKind.SERVICE, sketch.services))
    return tuple(DemoListing(_id("listing", sketch.domain, name), name, kind) for kind, names in kinds for name in names)


def _id(*names: str) -> UUID:
    return uuid5(NAMESPACE, "/".join(names))
