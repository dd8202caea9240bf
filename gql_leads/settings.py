"""Settings: read environment variables into one frozen, validated object.

Only `app`, `cli` and `lifespan` read settings; other modules get the values they need. Every setting is a variable
`GQL_LEADS_<NAME>`. An unknown name is an error, because a misspelt variable would silently leave the default in force.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails

from gql_leads import setting_values
from gql_leads.domain.imports.limits import ImportLimits
from gql_leads.domain.outbox.webhooks import WebhookRules
from gql_leads.domain.rules import ClaimRules, Rules, SignInRules
from gql_leads.environment import PREFIX, SECRET_BYTES, SettingsError, is_guessable, read_secret_files, stored_secret
from gql_leads.setting_values import Count, Days, Hours, Seconds

# The tests read these; settings ignore them.
TEST_PREFIX: Final = "GQL_LEADS_TEST_"
HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
"""A document id that is the hash of its document; any other id is a freely chosen name."""
BY_ENVIRONMENT: Final[dict[str, dict[str, Any]]] = {
    "development": {
        "log_format": "console", "introspection": True, "sockets_per_member": 10_000, "rate_limit": 600_000,
    },
    "production": {
        "log_format": "json", "introspection": False, "sockets_per_member": 20, "rate_limit": 60_000,
    },
}  # fmt: skip


class Settings(BaseModel):
    """All settings; each is named like its variable, in lower case and without the prefix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Environment and database
    environment: Annotated[Literal["development", "production"], BeforeValidator(str.lower)] = "development"
    database_url: Annotated[str, AfterValidator(setting_values.database_url), Field(repr=False)] = "sqlite://leads.db"
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 10
    database_sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    database_ca_file: Path | None = None
    pgbouncer: bool = False
    direct_database_url: Annotated[Annotated[str, AfterValidator(setting_values.database_url)] | None, Field(repr=False)] = None
    secret: Annotated[str | None, AfterValidator(setting_values.secret), Field(repr=False)] = None
    previous_secrets: Annotated[tuple[str, ...], BeforeValidator(setting_values.secrets), Field(repr=False)] = ()
    public_url: Annotated[str, AfterValidator(setting_values.public_url)] = "http://127.0.0.1:8000"
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "INFO"
    debug_loggers: Annotated[tuple[str, ...], BeforeValidator(setting_values.names)] = ()
    log_format: Literal["console", "json"]
    metrics_token: Annotated[str | None, Field(min_length=16, repr=False)] = None
    tracing: bool = False
    tracing_operation_names: bool = False
    auto_migrate: bool = True
    shutdown_seconds: Annotated[int, Field(ge=1, le=3600)] = 15
    poll_seconds: Seconds = 1.0
    statement_timeout_seconds: Seconds = 10.0

    # Business rules
    hot_hours: Hours = 72
    response_days: Days = 14
    informational_months: Annotated[int, Field(ge=1, le=120)] = 6
    restore_days: Days = 30
    event_days: Days = 30
    qualification_gate: bool = True
    dns_checks: bool = False
    dns_timeout: Seconds = 3.0
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_page_size: Annotated[int, Field(ge=1, le=10_000)] = 200
    export_link_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15
    import_max_bytes: Count = 200_000_000
    import_max_rows: Count = 1_000_000

    # Signing in
    access_token_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    refresh_token_days: Days = 30
    invitation_hours: Hours = 72
    sign_in_attempts: Count = 10
    oidc_issuer: Annotated[str | None, AfterValidator(setting_values.oidc_issuer)] = None
    oidc_audience: Annotated[str | None, Field(min_length=1, max_length=1000)] = None
    oidc_roles_claim: Annotated[str, Field(min_length=1, max_length=200)] = "roles"
    oidc_partner_claim: Annotated[str, Field(min_length=1, max_length=200)] = "partner"

    # Intake
    intake_rate_limit: Count = 60
    intake_max_bytes: Annotated[int, Field(ge=1_000, le=10_000_000)] = 32_000

    # Webhooks
    webhook_allow_private: bool = False
    webhook_retry_seconds: Annotated[int, Field(ge=1, le=3600)] = 5

    # Mail
    smtp_url: Annotated[str | None, AfterValidator(setting_values.smtp_url), Field(repr=False)] = None
    mail_from: Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^\x00-\x1f]+@[^\x00-\x1f]+$")] = "leads@localhost"
    mail_folder: Path | None = None
    mail_retry_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    smtp_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8

    # GraphQL server
    introspection: bool
    allowed_origins: Annotated[tuple[str, ...], BeforeValidator(setting_values.origins)] = ()
    allowed_headers: Annotated[tuple[str, ...], BeforeValidator(setting_values.header_names)] = ()
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(setting_values.networks)] = ()
    allow_get: bool = False
    documents_file: Path | None = None
    documents_only: bool = False
    rate_limit: Annotated[int, Field(ge=0, le=10**9)]
    rate_limit_store: Annotated[str | None, AfterValidator(setting_values.redis_url), Field(repr=False)] = None
    sockets_per_member: Count
    operations_per_member: Count = 8
    operations_per_socket: Count = 100
    ping_seconds: Seconds = 20.0
    query_deadline_seconds: Seconds = 10.0
    keep_alive_seconds: Annotated[int, Field(ge=1, le=3600)] = 75
    max_body_bytes: Count = 1_000_000
    max_frame_bytes: Count = 256_000
    max_header_bytes: Count = 16_000
    max_json_depth: Annotated[int, Field(ge=1, le=200)] = 64
    max_tokens: Count = 2_000
    max_depth: Annotated[int, Field(ge=1, le=100)] = 10
    max_introspection_depth: Annotated[int, Field(ge=1, le=100)] = 15
    max_introspected_fields: Count = 25_000
    max_aliases: Count = 15
    max_directives: Count = 25
    max_root_fields: Count = 20
    max_operations: Count = 10
    max_cost: Count = 10_000

    @model_validator(mode="before")
    @classmethod
    def _apply_environment_defaults(cls, given: dict[str, Any]) -> dict[str, Any]:
        environment = str(given.get("environment", "development")).lower()
        return BY_ENVIRONMENT.get(environment, BY_ENVIRONMENT["development"]) | given

    def contradictions(self) -> Iterator[str]:
        """Yield a sentence for each setting that does not fit the others."""
        if self.secret is None and (self.environment == "production" or self.sqlite_file is None):
            yield (
                "GQL_LEADS_SECRET is required in production and on PostgreSQL, the same for every server: "
                f"at least {SECRET_BYTES} bytes; make one with: openssl rand -base64 48."
            )
        if self.in_production and self.secret is not None and is_guessable(self.secret):
            yield "GQL_LEADS_SECRET should be random: whoever guesses it can sign in as anybody. Make one with: openssl rand -base64 48."
        if self.in_production and self.metrics_token is not None and is_guessable(self.metrics_token):
            yield "GQL_LEADS_METRICS_TOKEN should be random. Make one with: openssl rand -base64 24."
        if self.sqlite_file is not None:
            for name in ("database_sslmode", "database_ca_file", "pgbouncer", "direct_database_url"):
                if getattr(self, name):
                    yield f"{PREFIX}{name.upper()} is for PostgreSQL, but GQL_LEADS_DATABASE_URL names an SQLite database."
        elif self.direct_database_url and not self.pgbouncer:
            yield "GQL_LEADS_DIRECT_DATABASE_URL is for GQL_LEADS_PGBOUNCER=true: the way past PgBouncer."
        if self.database_ca_file and not self.database_ca_file.is_file():
            yield f"GQL_LEADS_DATABASE_CA_FILE should name a file of certificates; there is no file {self.database_ca_file}."
        if self.direct_database_url and self.direct_database_url.startswith("sqlite"):
            yield "GQL_LEADS_DIRECT_DATABASE_URL should be an address of PostgreSQL, as in postgres://user:password@host:5432/leads."
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            yield "GQL_LEADS_OIDC_ISSUER and GQL_LEADS_OIDC_AUDIENCE belong together: set both, or neither."
        if self.in_production and (self.oidc_issuer or "").startswith("http:"):
            yield "GQL_LEADS_OIDC_ISSUER should begin with https:// in production: whoever alters its answers can sign in as anybody."
        if self.page_size > self.max_page_size:
            yield f"GQL_LEADS_PAGE_SIZE should be at most GQL_LEADS_MAX_PAGE_SIZE, which is {self.max_page_size}."
        if self.documents_only and self.documents_file is None:
            yield "GQL_LEADS_DOCUMENTS_ONLY needs GQL_LEADS_DOCUMENTS_FILE, the file of the documents allowed."
        try:
            self.persisted_documents()
        except SettingsError as error:
            yield str(error)

    @property
    def in_production(self) -> bool:
        """True if the environment is production."""
        return self.environment == "production"

    @property
    def sqlite_file(self) -> Path | None:
        """Path of the database file; None on PostgreSQL."""
        path = self.database_url.removeprefix("sqlite://")
        return None if path == self.database_url else Path(path)

    @property
    def connection_url(self) -> str:
        """The database URL with the settings of TLS and PgBouncer as its options."""
        return self._with_tls(self.database_url, {"pgbouncer": "true"} if self.pgbouncer else {})

    @property
    def direct_url(self) -> str | None:
        """The URL of PostgreSQL itself, for notifications and health checks.

        None on SQLite, or if only PgBouncer's is known.
        """
        if self.sqlite_file is not None:
            return None
        url = self.direct_database_url or (None if self.pgbouncer else self.database_url)
        return None if url is None else self._with_tls(url, {})

    def _with_tls(self, url: str, options: dict[str, str]) -> str:
        """Return the URL with these options and those of TLS; its own ones of the same names have precedence."""
        if self.database_sslmode is not None:
            options["sslmode"] = self.database_sslmode
        if self.database_ca_file is not None:
            options["sslrootcert"] = str(self.database_ca_file)
        parts = urlsplit(url)
        return parts._replace(query=urlencode(options | dict(parse_qsl(parts.query)))).geturl() if options else url

    @property
    def secret_file(self) -> Path | None:
        """File next to the SQLite database that keeps the secret; None if the secret is a setting."""
        file = self.sqlite_file
        return None if file is None or self.secret is not None else file.with_name(f"{file.name}.secret")

    @property
    def rules(self) -> Rules:
        """The periods and switches that the domain's rules use."""
        return Rules(
            hot_for=timedelta(hours=self.hot_hours),
            respond_within=timedelta(days=self.response_days),
            informational_months=self.informational_months,
            restore_within=timedelta(days=self.restore_days),
            keep_events=timedelta(days=self.event_days),
            qualification_gate=self.qualification_gate,
        )

    @property
    def import_limits(self) -> ImportLimits:
        """The limits of imported files."""
        return ImportLimits(size=self.import_max_bytes, rows=self.import_max_rows)

    @property
    def webhook_rules(self) -> WebhookRules:
        """Where webhooks may lead, and how soon a failed delivery is tried again."""
        retry = timedelta(seconds=self.webhook_retry_seconds)
        return WebhookRules(allow_private=self.webhook_allow_private, requires_https=self.in_production, retry=retry)

    @property
    def mails_folder(self) -> Path | None:
        """The folder of mails without an SMTP server: the given one, else `mails/` beside an SQLite database."""
        if self.mail_folder is not None or self.sqlite_file is None:
            return self.mail_folder
        return self.sqlite_file.with_name("mails")

    @property
    def sign_in_rules(self) -> SignInRules:
        """The lifetimes and limits of signing in."""
        return SignInRules(
            access_token_lifetime=timedelta(minutes=self.access_token_minutes),
            refresh_token_lifetime=timedelta(days=self.refresh_token_days),
            invitation_lifetime=timedelta(hours=self.invitation_hours),
            attempts=self.sign_in_attempts,
        )

    @property
    def claim_rules(self) -> ClaimRules | None:
        """What the tokens of the identity provider must be; None without one."""
        if self.oidc_issuer is None or self.oidc_audience is None:
            return None
        return ClaimRules(self.oidc_issuer, self.oidc_audience, self.oidc_roles_claim, self.oidc_partner_claim)

    def persisted_documents(self) -> dict[str, str]:
        """Return the documents of the file by id; raise SettingsError if the file or the hash in an id is wrong."""
        if self.documents_file is None:
            return {}
        try:
            documents = TypeAdapter(dict[str, str]).validate_json(self.documents_file.read_bytes())
        except (OSError, ValidationError):
            raise SettingsError(
                f"GQL_LEADS_DOCUMENTS_FILE should name a JSON file of documents by their id; {self.documents_file} is none."
            ) from None
        for document_id, text in documents.items():
            if HASH.fullmatch(document_id) and document_id != (hashed := f"sha256:{sha256(text.encode()).hexdigest()}"):
                raise SettingsError(
                    f"GQL_LEADS_DOCUMENTS_FILE should have each document by the hash of its text; {document_id} should be {hashed}."
                )
        return documents

    def secret_keys(self) -> tuple[bytes, ...]:
        """Return the secret that signs and encrypts, then those whose tokens, cursors and links are still accepted.

        Create a secret next to the SQLite file if none is set.
        """
        if self.secret is not None:
            current = self.secret.encode()
        else:
            assert self.secret_file is not None, "PostgreSQL without SECRET was refused above"
            current = stored_secret(self.secret_file)
        return (current, *(secret.encode() for secret in self.previous_secrets))


SECRET_SETTINGS: Final = frozenset(name for name, field in Settings.model_fields.items() if not field.repr)
"""Settings whose values no error message repeats, and which a file may hold: `GQL_LEADS_SECRET_FILE`."""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings; raise SettingsError with every wrong one. An empty variable counts as unset."""
    given, wrong = read_secret_files(
        {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and value
        },
        SECRET_SETTINGS,
    )
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        wrong += map(_sentence, error.errors(include_url=False))
        refused = {str(one["loc"][0]) for one in error.errors(include_url=False)}
        # Without the wrong values, so that one start tells the contradictions among the others too.
        settings = Settings.model_validate({name: value for name, value in given.items() if name not in refused})
    refused_variables = {sentence.partition(" ")[0].removesuffix("_FILE") for sentence in wrong}
    wrong += (sentence for sentence in settings.contradictions() if sentence.partition(" ")[0] not in refused_variables)
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def _sentence(error: ErrorDetails) -> str:
    setting = str(error["loc"][0])
    variable = f"{PREFIX}{setting.upper()}"
    if error["type"] == "extra_forbidden":
        return f"{variable} is not a setting; see the list of settings in docs/operations.md."
    wish = error["msg"].removeprefix("Input ").replace("Value error, ", "should be a proper address: ")
    return f"{variable} {wish}." if setting in SECRET_SETTINGS else f"{variable} {wish}; it is {error['input']!r}."
