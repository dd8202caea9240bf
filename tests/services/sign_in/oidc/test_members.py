"""Which member a token stands for, and what its claims of roles and partner do."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.sign_in.oidc.id_tokens import Identity, RefusedToken
from gql_leads.services.sign_in.oidc.members import viewer_of_identity
from gql_leads.store.access.viewers import AddressedViewer

ACME = UUID("01938d0e-7e4a-7000-8000-00000000000a")
REP = Viewer(UUID(int=1), frozenset({MemberRole.SALES_REP}), ACME, frozenset({UUID(int=9)}))
SELLER = Viewer(UUID(int=2), frozenset({MemberRole.SELLER}))
OF_REP = AddressedViewer(REP, "Rep@Acme.example", "acme ag")
OF_SELLER = AddressedViewer(SELLER, "seller@vendor.example", None)
NOTHING = object()


def viewer(found: AddressedViewer | None, *, email: str | None = None, roles: object = NOTHING, partner: object = NOTHING) -> Viewer:
    identity = Identity(
        email=email or (found.email if found else ""), begins_at=datetime.now(UTC), expires_at=datetime.now(UTC),
        roles=roles, has_roles=roles is not NOTHING, partner=partner, has_partner=partner is not NOTHING,
    )  # fmt: skip
    return viewer_of_identity(identity, found)


def test_without_claims_the_member_has_their_own_roles() -> None:
    assert viewer(OF_REP) == REP
    assert viewer(OF_SELLER) == SELLER


@pytest.mark.parametrize("email", ["rep@acme.example", "REP@ACME.EXAMPLE"])
def test_addresses_differ_in_case_only(email: str) -> None:
    assert viewer(OF_REP, email=email) == REP


@pytest.mark.parametrize("email", ["ｒep@acme.example", "rep@acme.example\u200b", "rep@acme.example ", "Rep@Acme.exampl\u0435"])
def test_addresses_that_only_look_alike_are_refused(email: str) -> None:
    with pytest.raises(RefusedToken, match="no active member"):
        viewer(OF_REP, email=email)


def test_an_address_of_nobody_is_refused() -> None:
    with pytest.raises(RefusedToken, match="no active member"):
        viewer(None, email="nobody@acme.example")


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        (["SALES_REP"], {MemberRole.SALES_REP}),
        ("REFERRAL_ADMIN", {MemberRole.REFERRAL_ADMIN}),
        (["REFERRAL_ADMIN", "SALES_REP", "SALES_REP"], {MemberRole.REFERRAL_ADMIN, MemberRole.SALES_REP}),
    ],
)
def test_roles_of_the_token_replace_those_of_the_member(claim: object, roles: set[MemberRole]) -> None:
    found = viewer(OF_REP, roles=claim)
    assert found.roles == roles
    assert found.roles_from_token
    assert (found.member_id, found.partner_id, found.open_queues) == (REP.member_id, ACME, REP.open_queues)


@pytest.mark.parametrize(
    "claim",
    [None, [], "", {}, 7, True, ["SALES_REP", "OWNER"], ["sales_rep"], [["SALES_REP"]], [{}], [None], {"SALES_REP": 1},
     ["ADMINISTRATOR"], ["SALES_REP", "CHANNEL_MANAGER"], "SALES_REP REFERRAL_ADMIN"],
)  # fmt: skip
def test_roles_that_a_member_of_a_partner_cannot_have_are_refused(claim: Any) -> None:
    with pytest.raises(RefusedToken, match="roles claim"):
        viewer(OF_REP, roles=claim)


def test_roles_of_partners_are_refused_for_the_vendor() -> None:
    with pytest.raises(RefusedToken, match="'SALES_REP', which is no role of a member of the vendor"):
        viewer(OF_SELLER, roles=["SALES_REP"])
    assert viewer(OF_SELLER, roles=["CHANNEL_MANAGER"]).sees_everything


@pytest.mark.parametrize("claim", [str(ACME), str(ACME).upper(), "Acme AG", "ACME ag"])
def test_the_partner_is_named_by_its_id_or_name(claim: str) -> None:
    assert viewer(OF_REP, partner=claim) == REP


@pytest.mark.parametrize("claim", ["Globex", "acme", "None", None, "", 7, [], [str(ACME)], {"id": str(ACME)}, False, "x" * 10_000])
def test_another_partner_is_refused(claim: Any) -> None:
    with pytest.raises(RefusedToken, match="partner claim") as caught:
        viewer(OF_REP, partner=claim)
    assert len(str(caught.value)) < 200


def test_no_partner_names_the_vendor() -> None:
    assert viewer(OF_SELLER, partner=None) == viewer(OF_SELLER, partner="") == SELLER
    others: list[Any] = ["Acme AG", "None", [], False]
    for claim in others:
        with pytest.raises(RefusedToken):
            viewer(OF_SELLER, partner=claim)
