"""Durations and switches of the product rules, which come from the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Durations and switches that the rules depend on."""

    hot_for: timedelta = timedelta(hours=72)
    respond_within: timedelta = timedelta(days=14)
    informational_months: int = 6
    restore_within: timedelta = timedelta(days=30)
    keep_events: timedelta = timedelta(days=30)
    keep_idempotency: timedelta = timedelta(hours=24)
    qualification_gate: bool = True
    """True if MARK_WON and CONVERT require a complete qualification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    """Lifetimes of what is issued to members, and the limit of failed attempts."""

    access_token_lifetime: timedelta = timedelta(minutes=15)
    refresh_token_lifetime: timedelta = timedelta(days=30)
    invitation_lifetime: timedelta = timedelta(hours=72)
    reset_lifetime: timedelta = timedelta(hours=2)
    attempts: int = 10
    """Failed attempts in 15 minutes for an account, and for a client's address."""


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Issuer and audience of the identity provider's tokens, and the names of the claims that are used."""

    issuer: str
    audience: str
    roles_claim: str = "roles"
    partner_claim: str = "partner"
