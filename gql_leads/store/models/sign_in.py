"""Passwords, one-time links, sessions, failed sign-ins and API keys. Secrets are kept as hashes only."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Member


class Password(Model):
    """The password of a member, as argon2 encodes its hash."""

    member: fields.OneToOneRelation[Member] = fields.OneToOneField(
        "leads.Member", primary_key=True, on_delete=fields.CASCADE, related_name=False
    )
    member_id: UUID
    encoded = fields.CharField(max_length=200)
    set_at = fields.BigIntField()

    class Meta:
        table = "password"


class OneTimeLink(Model):
    """A link with which a member sets their password once.

    Its token is derived from the row's id and the server's secret.
    """

    id = fields.UUIDField(primary_key=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "leads.Member", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    member_id: UUID
    purpose = fields.CharField(max_length=20)
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.BigIntField()
    expires_at = fields.BigIntField(db_index=True)
    used_at = fields.BigIntField(null=True)
    replaced_at = fields.BigIntField(null=True)
    """Time at which a newer link of the member made this one void."""

    class Meta:
        table = "one_time_link"


class Session(Model):
    """A sign-in of a member, and all the refresh tokens that followed one another since."""

    id = fields.UUIDField(primary_key=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    member_id: UUID
    address_key = fields.CharField(max_length=64)
    """Hash of the client's address: a member's usual address is not limited by other people's failures."""
    created_at = fields.BigIntField()
    ended_at = fields.BigIntField(null=True)

    class Meta:
        table = "session"
        indexes = (("member_id", "address_key"),)


class RefreshToken(Model):
    """A refresh token of a session; it is used once, for its successor."""

    id = fields.UUIDField(primary_key=True)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField(
        "leads.Session", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    session_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.BigIntField()
    expires_at = fields.BigIntField(db_index=True)
    used_at = fields.BigIntField(null=True)
    successor_id = fields.UUIDField(null=True)

    class Meta:
        table = "refresh_token"


class SignInAttempt(Model):
    """A sign-in that failed or is not decided yet, under hashes of the account and of the client's address."""

    id = fields.UUIDField(primary_key=True)
    account_key = fields.CharField(max_length=64)
    address_key = fields.CharField(max_length=64)
    attempted_at = fields.BigIntField(db_index=True)

    class Meta:
        table = "sign_in_attempt"
        indexes = (("account_key", "attempted_at"), ("address_key", "attempted_at"))


class PasswordResetRequest(Model):
    """An address for which a reset was requested.

    Whether a member has it is looked up later, so that the answer does not tell.
    """

    id = fields.UUIDField(primary_key=True)
    email_key = fields.CharField(max_length=300)
    requested_at = fields.BigIntField()

    class Meta:
        table = "password_reset_request"


class ApiKey(Model):
    """A secret with which a program acts as a member of its own; only its hash is stored."""

    id = fields.UUIDField(primary_key=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "leads.Member", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    member_id: UUID
    created_by_id = fields.UUIDField()
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.BigIntField()
    expires_at = fields.BigIntField(null=True)
    revoked_at = fields.BigIntField(null=True)
    last_used_at = fields.BigIntField(null=True)

    class Meta:
        table = "api_key"
