"""Search finds a literal text, regardless of case in any script, in the texts that the viewer may read."""

from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.leads.lead import LeadOutcome, LeadStage
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import make_lead

NAMES: dict[str, dict[str, Any]] = {
    "aparna": {"first_name": "Aparna", "last_name": "Bosu", "email": "ab@contoso.example", "company": "100% Beef"},
    "eloise": {"first_name": "Éloïse", "last_name": "Straße", "email": "e_s@x.example", "company": "école supérieure"},
    "zhenya": {"first_name": None, "last_name": "Жуков", "email": None, "company": 'АО "Ромашка" AND Co'},
    "xiaoming": {"first_name": "小明", "last_name": "王", "email": "xm@x.example", "company": None},
    "oneil": {"first_name": "A*b", "last_name": "O'Neil", "email": "o@x.example", "company": "back\\slash_inc"},
}
FOUND = [
    ("aparna", "aparna"), ("APARNA", "aparna"), ("bosu", "aparna"), ("Aparna Bosu", "aparna"), ("na bo", "aparna"), ("a b", "aparna"),
    ("ab@contoso", "aparna"), ("100%", "aparna"), ("%", "aparna"), ("0% b", "aparna"),
    ("é", " ".join(name for name in NAMES if name != "zhenya")), ("éc", "eloise"),
    ("École", "eloise"), ("ecole superieure", "eloise"),
    ("eloise", "eloise"), ("ELOÏSE STRASSE", "eloise"), ("straße éloïse", "eloise"), ("ÉCOLE", "eloise"),
    ("strasse", "eloise"), ("STRASSE", "eloise"), ("ß", "eloise"),
    ("e_s", "eloise"), ("_", "eloise oneil"),
    ("ж", "zhenya"), ("Ж", "zhenya"), ("жуков", "zhenya"), ('"', "zhenya"), ("AND", "zhenya"), ("ромашка\" and", "zhenya"),
    ("王", "xiaoming"), ("小", "xiaoming"), ("小明 王", "xiaoming"), ("明 王", "xiaoming"),
    ("*", "oneil"), ("a*", "oneil"), ("'", "oneil"), ("\\", "oneil"), ("\\s", "oneil"), ("o'n", "oneil"),
    ("  bosu  ", "aparna"), ("Ａｐａｒｎａ", "aparna"),
    ("bosu aparna", "aparna"), ("BOSU AP", "aparna"), ("王小明", "xiaoming"), ("王 小明", "xiaoming"), ("O’Neil A*", "oneil"),
    ("beefaparna", ""), ("bosu ab", ""), ("100_", ""), ("a%b", ""), ("nobody", ""),
    (None, " ".join(NAMES)), ("", " ".join(NAMES)), (" \t ", " ".join(NAMES)),
]  # fmt: skip


async def found(app: AppContext, viewer: Viewer, term: str | None) -> set[UUID]:
    query = LeadQuery(search=term)
    page = await lists.page(app.reader(viewer), query, Projection(frozenset({"id"})), Window(100))
    assert await lists.total(app.reader(viewer), query) == len(page.rows)
    return {as_uuid(row["id"]) for row in page.rows}


async def test_literal_text_is_found_at_any_position(app: AppContext, world: World) -> None:
    known = {await make_lead(app, partner=world.acme, **facts): name for name, facts in NAMES.items()}
    answers = {term: {known[one] for one in await found(app, world.rep, term)} for term, _ in FOUND}
    assert answers == {term: set(names.split()) for term, names in FOUND}


TYPED: list[tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = [
    ({"first_name": "Zeynep", "last_name": "İzmir"}, ("izmir", "İZMİR", "IZMIR", "ızmır", "İzmir Zeynep"), ("izmirli",)),
    ({"first_name": "Işıl", "last_name": "İnci"}, ("IŞIL İNCİ", "isil inci", "Işıl İnci", "inci işil"), ()),
    ({"first_name": "Beyoncé", "last_name": "Nguyễn"}, ("beyonce", "NGUYEN", "nguyen beyonce", "beyoncé nguyễn"), ("beyonse",)),
    ({"last_name": "Bosu", "company": "Łódź Ærø"}, ("lodz", "aero", "LODZ ÆRØ", "łódź"), ("lodzz",)),
    ({"last_name": "Ёлкин"}, ("елкин", "ЁЛКИН"), ("йолкин",)),
    ({"last_name": "Παπαδόπουλος"}, ("παπαδοπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"), ()),
    ({"last_name": "राम"}, ("राम",), ("रोम",)),
    ({"last_name": "กิน"}, ("กิน",), ("กัน",)),
    ({"last_name": "Йодль"}, ("йодль",), ("иодль",)),
    ({"last_name": "Yu\u200bki"}, ("yuki", "y\u2060uki"), ()),
    ({"last_name": "Bosu", "email": "ada@müller.example"}, ("müller", "muller.example", "xn--mller-kva", "@XN--MLLER-KVA.example"), ()),
    ({"last_name": "Bosu", "email": "ada@xn--mller-kva.example"}, ("müller", "muller", "xn--mller-kva.example"), ()),
    ({"last_name": "O’Neil", "company": "Marks  ＆ Spencer"}, ("o'neil", "O´Neil", "marks & spencer"), ("oneill",)),
]


@pytest.mark.parametrize(("facts", "typed", "other"), TYPED)
async def test_common_spellings_of_a_name_find_the_lead(
    app: AppContext, world: World, facts: dict[str, Any], typed: tuple[str, ...], other: tuple[str, ...]
) -> None:
    lead = await make_lead(app, partner=world.acme, **{"first_name": None, "email": None, **facts})
    assert {term: await found(app, world.rep, term) for term in typed} == {term: {lead} for term in typed}
    assert {term: await found(app, world.rep, term) for term in other} == {term: set() for term in other}


async def test_name_of_the_listing_is_searched(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, listing_name="Ledger É")
    assert await found(app, world.rep, "ledger é") == {lead}
    assert await found(app, world.rep, "contoso ledger") == set()


async def test_hidden_contact_is_not_found_but_public_texts_are(app: AppContext, world: World) -> None:
    waiting = await make_lead(app)
    expired = await make_lead(app, partner=world.acme, stage=LeadStage.ARCHIVED, outcome=LeadOutcome.EXPIRED)
    erased = await make_lead(app, partner=world.acme, erased_at=app.now())
    for term in ("aparna", "Aparna Bosu", "aparna@contoso.example"):
        assert await found(app, world.rep, term) == set()
        assert await found(app, world.channel, term) == {waiting}
    assert await found(app, world.rep, "contoso") == {waiting, expired, erased}


async def test_leads_of_another_partner_are_not_found(app: AppContext, world: World) -> None:
    await make_lead(app, partner=world.globex)
    assert await found(app, world.rep, "contoso") == set()


async def test_long_text_is_searched_like_a_short_one(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, company="ﷺ" * 200)
    assert await found(app, world.rep, "ﷺ" * 200) == {lead}
    assert await found(app, world.rep, "a" * 1_000) == set()
