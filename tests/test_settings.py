import base64
import hashlib
import json
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from gql_leads.domain.rules import ClaimRules
from gql_leads.environment import SettingsError, is_guessable, read_dotenv
from gql_leads.settings import Settings, load_settings

SECRET = "vN3qW8zTb5KxR1mJ7yLd0cHf4GpUs6Ea"


def refusal(**variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"GQL_LEADS_{name}": value for name, value in variables.items()})
    return str(caught.value)


def loaded(**variables: str) -> Settings:
    return load_settings({f"GQL_LEADS_{name}": value for name, value in variables.items()})


def test_without_variables_it_is_a_development_server_on_sqlite() -> None:
    settings = load_settings({"PATH": "/bin"})
    assert not settings.in_production
    assert settings.sqlite_file == Path("leads.db")
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.page_size, settings.max_page_size) == (50, 200)
    assert (settings.auto_migrate, settings.dns_checks, settings.introspection) == (True, False, True)
    assert (settings.rate_limit, settings.sockets_per_member) == (600_000, 10_000)


def test_production_has_stricter_defaults() -> None:
    settings = loaded(ENVIRONMENT="production", SECRET=SECRET)
    assert settings.in_production
    assert (settings.rate_limit, settings.sockets_per_member) == (60_000, 20)
    assert (settings.introspection, settings.log_format) == (False, "json")


def test_defaults_of_production_can_be_overridden() -> None:
    settings = loaded(ENVIRONMENT="production", SECRET=SECRET, INTROSPECTION="1", RATE_LIMIT="0", LOG_FORMAT="console")
    assert (settings.introspection, settings.rate_limit, settings.log_format) == (True, 0, "console")


@pytest.mark.parametrize(
    "guessable",
    [
        "a" * 64, "changeme" * 5, "changeme-changeme-please-change-me!!", "0123456789abcdef" * 3, "abcdefghijklmnopqrstuvwxyz0123456789",
        "aaaaaaaabbbbbbbbccccccccdddddddd", "this is my secret password, a secret", "qwertyasdfgh-qwertyasdfgh-qwertyasdfgh",
        "vN3qW8zTb5KxR1mJ" * 2, "secret" + "0" * 40,
    ],
)  # fmt: skip
def test_production_refuses_secrets_that_are_easy_to_guess(guessable: str) -> None:
    message = refusal(ENVIRONMENT="production", SECRET=guessable)
    assert message.startswith("GQL_LEADS_SECRET should be random")
    assert guessable not in message
    assert loaded(SECRET=guessable).secret == guessable
    assert refusal(ENVIRONMENT="production", SECRET=SECRET, METRICS_TOKEN=guessable).startswith("GQL_LEADS_METRICS_TOKEN should be random")


def test_random_secrets_of_every_notation_are_accepted_in_production() -> None:
    for number in range(500):
        raw = hashlib.sha256(str(number).encode()).digest()
        for secret in (raw.hex(), raw.hex()[:32], base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw * 2)[7:57].decode()):
            assert not is_guessable(secret), secret


def test_business_rules_use_the_settings() -> None:
    rules = loaded(HOT_HOURS="24", RESPONSE_DAYS="7", INFORMATIONAL_MONTHS="3", QUALIFICATION_GATE="false").rules
    assert rules.hot_for == timedelta(hours=24)
    assert rules.respond_within == timedelta(days=7)
    assert rules.informational_months == 3
    assert rules.restore_within == timedelta(days=30)
    assert rules.qualification_gate is False


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///srv/leads.db", Path("/srv/leads.db")),
        ("sqlite://data/leads.db", Path("data/leads.db")),
        ("sqlite://leads.db", Path("leads.db")),
    ],
)
def test_three_slashes_make_a_sqlite_path_absolute(url: str, file: Path) -> None:
    assert loaded(DATABASE_URL=url).sqlite_file == file


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_url_schemes_of_postgresql_are_accepted(scheme: str) -> None:
    settings = loaded(DATABASE_URL=f"{scheme}://me:word@db:5433/leads", SECRET=SECRET)
    assert settings.database_url == "postgres://me:word@db:5433/leads"
    assert settings.sqlite_file is None


@pytest.mark.parametrize(
    "url",
    ["leads.db", "mysql://db/leads", "sqlite://", "sqlite://:memory:", "postgres://me:word@db", "postgres://[::1/x"],
)
def test_a_database_url_that_cannot_work_is_refused_without_repeating_it(url: str) -> None:
    message = refusal(DATABASE_URL=url, SECRET=SECRET)
    assert message.startswith("GQL_LEADS_DATABASE_URL should ")
    assert "word@db" not in message


def test_settings_of_postgresql_become_options_of_its_urls(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    url, direct = "postgres://me:w%40rd@pool/leads", "postgres://me@db/leads?sslmode=require"
    tls = {"DATABASE_SSLMODE": "verify-ca", "DATABASE_CA_FILE": str(ca), "SECRET": SECRET}
    plain = loaded(DATABASE_URL=url, SECRET=SECRET)
    assert (plain.connection_url, plain.direct_url, plain.database_pool_size) == (url, url, 10)
    verified = loaded(DATABASE_URL=url, **tls)
    assert verified.connection_url == verified.direct_url == f"{url}?sslmode=verify-ca&sslrootcert={quote_plus(str(ca))}"
    pooled = loaded(DATABASE_URL=url, PGBOUNCER="true", SECRET=SECRET)
    assert (pooled.connection_url, pooled.direct_url) == (f"{url}?pgbouncer=true", None)
    both = loaded(DATABASE_URL=url, PGBOUNCER="true", DIRECT_DATABASE_URL=direct, **tls)
    assert both.direct_url == f"postgres://me@db/leads?sslmode=require&sslrootcert={quote_plus(str(ca))}"
    assert (loaded().connection_url, loaded().direct_url) == ("sqlite://leads.db", None)


@pytest.mark.parametrize(
    ("variables", "wrong"),
    [({"PGBOUNCER": "true"}, "PGBOUNCER is for PostgreSQL"),
     ({"DATABASE_SSLMODE": "require"}, "DATABASE_SSLMODE is for PostgreSQL"),
     ({"DATABASE_URL": "postgres://db/leads", "DIRECT_DATABASE_URL": "postgres://db/leads"}, "DIRECT_DATABASE_URL is for"),
     ({"DATABASE_URL": "postgres://db/leads?pgbouncer=true"}, "DATABASE_URL should not have the option pgbouncer"),
     ({"DATABASE_URL": "postgres://db/leads", "PGBOUNCER": "true", "DIRECT_DATABASE_URL": "sqlite://x.db"}, "DIRECT_DATABASE_URL should"),
     ({"DATABASE_URL": "postgres://db/leads", "DATABASE_CA_FILE": "/nowhere.pem"}, "DATABASE_CA_FILE should name a file"),
     ({"DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL_SIZE should be")],
)  # fmt: skip
def test_settings_of_postgresql_that_do_not_fit_are_refused(variables: dict[str, str], wrong: str) -> None:
    assert refusal(SECRET=SECRET, **variables).startswith(f"GQL_LEADS_{wrong}")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DNS_CHECKS", "2", "GQL_LEADS_DNS_CHECKS should be a valid boolean, unable to interpret input; it is '2'."),
        ("RESPONSE_DAYS", "0", "GQL_LEADS_RESPONSE_DAYS should be greater than or equal to 1; it is '0'."),
        ("ENVIRONMENT", "staging", "GQL_LEADS_ENVIRONMENT should be 'development' or 'production'; it is 'staging'."),
        ("HOT_HUORS", "72", "GQL_LEADS_HOT_HUORS is not a setting; see the list of settings in docs/operations.md."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_one_sentence(name: str, value: str, sentence: str) -> None:
    assert refusal(**{name: value}) == sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOT_HOURS", "-1"), ("HOT_HOURS", "9999999999999"), ("POLL_SECONDS", "nan"), ("POLL_SECONDS", "0"),
        ("PAGE_SIZE", "201"), ("HOT_HOURS", "soon"),
        ("PUBLIC_URL", "leads.example.com"), ("PUBLIC_URL", "https://leads.example.com/?a=b"), ("LOG_LEVEL", "LOUD"),
        ("ALLOWED_ORIGINS", "https://app.example.com/path"), ("ALLOWED_ORIGINS", "*"), ("DOCUMENTS_ONLY", "true"),
        ("DNS_CHECKS", "perhaps"), ("SECRET", "short"), ("MAX_COST", "1.5"),
    ],
)  # fmt: skip
def test_every_refusal_names_its_variable(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"GQL_LEADS_{name} ")


def test_empty_variables_and_variables_of_the_tests_are_ignored() -> None:
    assert loaded(TEST_DATABASE="postgres", HOT_HOURS="").hot_hours == 72


def test_origins_are_separated_by_commas() -> None:
    origins = loaded(ALLOWED_ORIGINS="https://app.example.com, http://localhost:5173").allowed_origins
    assert origins == ("https://app.example.com", "http://localhost:5173")


def test_a_trailing_slash_of_the_public_url_is_removed() -> None:
    assert loaded(PUBLIC_URL="https://leads.example.com/").public_url == "https://leads.example.com"


def test_the_identity_provider_of_the_production_page_is_accepted() -> None:
    page = (Path(__file__).parents[1] / "docs" / "production.md").read_text()
    block = page.partition("```ini\n")[2].partition("```")[0]
    variables = dict(line.removeprefix("GQL_LEADS_").split("=", 1) for line in block.splitlines())
    rules = loaded(ENVIRONMENT="production", SECRET=SECRET, **variables).claim_rules
    assert rules == ClaimRules("https://login.example.com/realms/sales", "leads", "roles", "partner")


def test_without_an_identity_provider_there_are_no_claim_rules() -> None:
    assert loaded().claim_rules is None


@pytest.mark.parametrize("alone", ["OIDC_ISSUER", "OIDC_AUDIENCE"])
def test_issuer_and_audience_belong_together(alone: str) -> None:
    assert "belong together" in refusal(**{alone: "https://login.example.com"})


def test_an_issuer_is_kept_letter_by_letter() -> None:
    for issuer in ("https://Login.example.com/", "http://127.0.0.1:8080/realms/a"):
        rules = loaded(OIDC_ISSUER=issuer, OIDC_AUDIENCE="leads").claim_rules
        assert rules is not None
        assert rules.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    ["login.example.com", "ftp://login.example.com", "https://", "https://user@login.example.com", "https://login.example.com/?a=b",
     "https://login.example.com/#a", "https://login.example.com:99999", "https://login.example.com:0"],
)  # fmt: skip
def test_an_issuer_is_a_plain_https_address(issuer: str) -> None:
    assert refusal(OIDC_ISSUER=issuer, OIDC_AUDIENCE="leads").startswith("GQL_LEADS_OIDC_ISSUER should be")


def test_production_refuses_an_issuer_without_tls() -> None:
    message = refusal(ENVIRONMENT="production", SECRET=SECRET, OIDC_ISSUER="http://login.example.com", OIDC_AUDIENCE="leads")
    assert message.startswith("GQL_LEADS_OIDC_ISSUER should begin with https://")


@pytest.mark.parametrize(
    "variables",
    [{"ENVIRONMENT": "production"}, {"DATABASE_URL": "postgres://db/leads"}],
    ids=["production", "postgresql"],
)
def test_a_secret_is_required_in_production_and_on_postgresql(variables: dict[str, str]) -> None:
    assert refusal(**variables).startswith("GQL_LEADS_SECRET is required in production and on PostgreSQL")


def test_no_message_and_no_repr_contains_the_secret() -> None:
    secret = "correct horse battery staple correct horse"
    assert "horse" not in repr(loaded(SECRET=secret))
    assert "horse" not in refusal(SECRET="horse")


def test_the_configured_secret_is_used() -> None:
    assert loaded(SECRET=SECRET).secret_keys() == (SECRET.encode(),)


def test_previous_secrets_are_accepted_after_the_current_one(tmp_path: Path) -> None:
    older, oldest = "o" * 32, "p=" * 16
    assert loaded(SECRET=SECRET, PREVIOUS_SECRETS=f"{older}, {oldest}").secret_keys() == tuple(
        secret.encode() for secret in (SECRET, older, oldest)
    )
    (tmp_path / "previous").write_text(f"{older},with a comma\n{oldest}\n")
    settings = loaded(DATABASE_URL=f"sqlite://{tmp_path}/leads.db", PREVIOUS_SECRETS_FILE=str(tmp_path / "previous"))
    assert settings.previous_secrets == (f"{older},with a comma", oldest)
    assert settings.secret_keys()[1:] == (f"{older},with a comma".encode(), oldest.encode())
    assert refusal(PREVIOUS_SECRETS=f"{older},short").startswith("GQL_LEADS_PREVIOUS_SECRETS should be secrets of at least 32 bytes")
    assert older not in refusal(PREVIOUS_SECRETS=f"{older},short") + repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET", SECRET), ("METRICS_TOKEN", "t" * 16), ("DATABASE_URL", "postgres://me:word@db/leads"), ("PREVIOUS_SECRETS", SECRET)],
)
def test_every_secret_can_be_in_a_file(tmp_path: Path, name: str, value: str) -> None:
    file = tmp_path / "value"
    file.write_text(f"{value}\n")
    others = {} if name == "SECRET" else {"SECRET": SECRET}
    assert loaded(**others, **{f"{name}_FILE": str(file)}) == loaded(**others, **{name: value})
    assert refusal(**others, **{name: value, f"{name}_FILE": str(file)}) == (
        f"GQL_LEADS_{name} and GQL_LEADS_{name}_FILE are both set; keep one of them."
    )
    file.write_text(" \n")
    assert refusal(**others, **{f"{name}_FILE": str(file)}).endswith(f"{file} is empty.")
    file.write_bytes(b"\xff")
    assert refusal(**others, **{f"{name}_FILE": str(file)}).endswith(f"{file} cannot be read: it is no text.")
    file.unlink()
    assert refusal(**others, **{f"{name}_FILE": str(file)}).startswith(f"GQL_LEADS_{name}_FILE should name a file with the value; ")


def test_a_setting_that_is_no_secret_has_no_file() -> None:
    assert refusal(HOT_HOURS_FILE="/tmp/hours").startswith("GQL_LEADS_HOT_HOURS_FILE is not a setting")


def test_all_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    told = refusal(
        ENVIRONMENT="production", HOT_HOURS="0", HOT_HUORS="72", MAX_PAGE_SIZE="20", DOCUMENTS_ONLY="true", LOG_LEVEL="LOUD",
        METRICS_TOKEN_FILE=str(tmp_path / "nowhere"),
    ).splitlines()  # fmt: skip
    assert sorted(sentence.split(maxsplit=1)[0] for sentence in told) == [
        f"GQL_LEADS_{name}"
        for name in ("DOCUMENTS_ONLY", "HOT_HOURS", "HOT_HUORS", "LOG_LEVEL", "METRICS_TOKEN_FILE", "PAGE_SIZE", "SECRET")
    ]


def test_a_wrong_secret_is_told_once(tmp_path: Path) -> None:
    assert len(refusal(ENVIRONMENT="production", SECRET="short").splitlines()) == 1
    assert len(refusal(ENVIRONMENT="production", SECRET_FILE=str(tmp_path / "nowhere")).splitlines()) == 1


def test_dotenv_gives_the_variables_that_are_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        f'# comment\nexport GQL_LEADS_HOT_HOURS=24\nGQL_LEADS_SECRET="{SECRET}"\nGQL_LEADS_PAGE_SIZE=10\n'
        "OTEL_SERVICE_NAME='leads of $HOME'\nPATH=/nowhere\nGQL_LEADS_TRACING\n"
    )
    environ = {"PATH": "/bin", "GQL_LEADS_PAGE_SIZE": "20"}
    read_dotenv(environ, file)
    assert environ == {
        "PATH": "/bin", "GQL_LEADS_PAGE_SIZE": "20", "GQL_LEADS_HOT_HOURS": "24", "GQL_LEADS_SECRET": SECRET,
        "OTEL_SERVICE_NAME": "leads of $HOME",
    }  # fmt: skip


def test_dotenv_is_not_read_in_production_and_cannot_choose_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    environ: dict[str, str] = {}
    read_dotenv(environ, file)
    file.write_text("GQL_LEADS_HOT_HOURS=24\n")
    read_dotenv(production := {"GQL_LEADS_ENVIRONMENT": "Production"}, file)
    assert (environ, production) == ({}, {"GQL_LEADS_ENVIRONMENT": "Production"})
    file.write_text("GQL_LEADS_ENVIRONMENT=production\n")
    with pytest.raises(SettingsError, match="development only"):
        read_dotenv({}, file)
    file.write_bytes(b"GQL_LEADS_HOT_HOURS=\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_dotenv({}, file)


def test_a_secret_file_is_created_next_to_the_sqlite_file_with_mode_600_and_reused(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/leads.db"
    made = loaded(DATABASE_URL=url).secret_keys()[0]
    assert len(made) >= 32
    assert stat.S_IMODE((tmp_path / "leads.db.secret").stat().st_mode) == 0o600
    assert loaded(DATABASE_URL=url).secret_keys()[0] == made
    assert [path.name for path in tmp_path.iterdir()] == ["leads.db.secret"]


def secret_of(url: str) -> bytes:
    return loaded(DATABASE_URL=url).secret_keys()[0]


def test_concurrent_processes_use_the_same_secret_file(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/leads.db"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        assert len(set(processes.map(secret_of, [url] * 16))) == 1


def test_a_secret_file_that_cannot_be_written_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be stored"):
        loaded(DATABASE_URL=f"sqlite://{tmp_path}/nowhere/leads.db").secret_keys()[0]


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "leads.db.secret").touch()
    with pytest.raises(SettingsError, match="at least 32 bytes"):
        loaded(DATABASE_URL=f"sqlite://{tmp_path}/leads.db").secret_keys()[0]


DOCUMENT = "query Viewer { viewer { roles } }"
HASH = "sha256:df87a669cdcffbeee401d8a86ed483a79b84760d42da38826654cc477ec9388c"
OF_ANOTHER = "sha256:7aeaf9980457d9441e960b3201babce40f18caee14f3314b82bb84b5270ca218"


def documents_in(file: Path, **documents: str) -> dict[str, str]:
    file.write_text(json.dumps(documents))
    return loaded(DOCUMENTS_FILE=str(file)).persisted_documents()


def test_document_ids_are_hashes_or_free_names(tmp_path: Path) -> None:
    documents = {HASH: DOCUMENT, "viewer": DOCUMENT, "sha256:viewer": DOCUMENT}
    assert documents_in(tmp_path / "documents.json", **documents) == documents


def test_a_wrong_hash_is_refused_and_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        documents_in(tmp_path / "documents.json", **{"viewer": DOCUMENT, HASH: f"{DOCUMENT} "})
    assert str(caught.value) == (
        f"GQL_LEADS_DOCUMENTS_FILE should have each document by the hash of its text; {HASH} should be {OF_ANOTHER}."
    )


@pytest.mark.parametrize("text", ["", "[]", '{"viewer": 1}', None])
def test_an_invalid_documents_file_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "documents.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match="GQL_LEADS_DOCUMENTS_FILE should name a JSON file"):
        loaded(DOCUMENTS_FILE=str(file)).persisted_documents()


def test_lists_of_headers_and_proxies_are_checked() -> None:
    settings = loaded(ALLOWED_HEADERS="X-Tenant, x-app", TRUSTED_PROXIES="10.0.0.5,10.1.0.0/16, ::1")
    assert settings.allowed_headers == ("x-tenant", "x-app")
    assert settings.trusted_proxies == ("10.0.0.5/32", "10.1.0.0/16", "::1/128")
    for name, wrong in (("ALLOWED_HEADERS", "x tenant:"), ("TRUSTED_PROXIES", "proxy.internal"), ("TRUSTED_PROXIES", "*")):
        with pytest.raises(SettingsError, match=f"GQL_LEADS_{name} should be "):
            loaded(**{name: wrong})
