"""Database URLs are checked and converted into Tortoise's configuration."""

import sqlite3
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.configuration import check_usable, configuration, dialect_of, sqlite_path
from gql_leads.store.database.postgres_urls import connection_arguments


def test_dialect_follows_from_the_scheme() -> None:
    assert dialect_of("sqlite://leads.db") == "sqlite"
    assert dialect_of("postgres://localhost/leads") == dialect_of("postgresql://localhost/leads") == "postgres"


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite://leads.db", "leads.db"), ("sqlite:///var/lib/leads.db", "/var/lib/leads.db"), ("sqlite://my%20leads.db", "my leads.db")],
)
def test_sqlite_path_is_relative_after_two_slashes_and_absolute_after_three(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


def test_sqlite_has_a_writing_connection_and_one_that_only_reads() -> None:
    connections = configuration("sqlite://leads.db")["connections"]
    writing, reading = connections["default"]["credentials"], connections["reading"]["credentials"]
    assert (writing["file_path"], writing["journal_mode"], writing["synchronous"]) == ("leads.db", "WAL", "FULL")
    assert reading == writing | {"query_only": "ON"}
    assert "query_only" not in writing


def test_postgresql_url_gives_the_credentials_and_limits() -> None:
    url = "postgresql://an%40n:p%2Fw@db.example:6543/leads?sslmode=require"
    connections = configuration(url, pool_size=7, statement_timeout=1.5)["connections"]
    assert list(connections) == ["default"]
    credentials = connections["default"]["credentials"]
    assert {name: credentials[name] for name in ("user", "password", "host", "port", "database", "ssl", "maxsize")} == {
        "user": "an@n", "password": "p/w", "host": "db.example", "port": 6543, "database": "leads", "ssl": "require", "maxsize": 7,
    }  # fmt: skip
    assert credentials["server_settings"]["statement_timeout"] == "1500"


def test_postgresql_url_without_details_has_the_usual_defaults() -> None:
    credentials = configuration("postgresql://")["connections"]["default"]["credentials"]
    assert {name: credentials[name] for name in ("user", "password", "host", "port", "database", "ssl")} == {
        "user": "postgres", "password": None, "host": "127.0.0.1", "port": 5432, "database": "postgres", "ssl": None,
    }  # fmt: skip
    assert credentials["server_settings"]["statement_timeout"] == "0"


def test_postgresql_socket_folder_is_given_as_option() -> None:
    credentials = configuration("postgresql:///leads?host=/run/postgresql")["connections"]["default"]["credentials"]
    assert (credentials["host"], credentials["database"]) == ("/run/postgresql", "leads")


def test_unknown_option_of_a_postgresql_url_is_refused() -> None:
    check_usable("postgresql://localhost/leads?sslmode=require&host=db")
    with pytest.raises(BadInput, match=r"unknown option, timeout\. Known are: host, pgbouncer, sslmode, sslrootcert\."):
        check_usable("postgresql://localhost/leads?timeout=5&sslmode=require")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [("sslmode=always", "sslmode should be one of disable, allow"), ("pgbouncer=yes", "pgbouncer should be true or false"),
     ("sslrootcert=/nowhere.pem", "nowhere.pem should hold the certificates")],
)  # fmt: skip
def test_wrong_option_of_a_postgresql_url_is_refused(options: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_usable(f"postgresql://localhost/leads?{options}")


@pytest.mark.parametrize(
    ("options", "verifies", "checks_name"),
    [("sslmode=verify-full", True, True), ("sslmode=verify-ca", True, False), ("sslmode=require&sslrootcert={file}", True, False),
     ("sslrootcert={file}", True, True), ("sslmode=require", False, False), ("sslmode=disable&sslrootcert={file}", False, False)],
)  # fmt: skip
def test_certificate_is_verified_as_libpq_does(tmp_path: Path, options: str, verifies: bool, checks_name: bool) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(ssl.create_default_context().get_ca_certs(binary_form=True)[0]))
    context = connection_arguments(f"postgresql://localhost/leads?{options.format(file=file)}")["ssl"]
    assert isinstance(context, ssl.SSLContext) is verifies
    if verifies:
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, checks_name)
        assert len(context.get_ca_certs()) == 1 or "sslrootcert" not in options


def test_pgbouncer_gets_no_startup_parameters_that_it_refuses_and_no_prepared_statements() -> None:
    pooled = configuration("postgresql://db/leads?pgbouncer=true", statement_timeout=1.5)["connections"]["default"]["credentials"]
    direct = configuration("postgresql://db/leads", statement_timeout=1.5)["connections"]["default"]["credentials"]
    assert pooled["server_settings"] == {"application_name": "gql_leads", "datestyle": "ISO"}
    assert pooled["server_settings"] | pooled["transaction_settings"] == direct["server_settings"]
    assert (direct["transaction_settings"], pooled["transaction_settings"]["statement_timeout"]) == ({}, "1500")
    assert (pooled["statement_cache_size"], "statement_cache_size" in direct) == (0, False)


def test_sqlite_url_of_a_database_or_of_a_missing_file_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    check_usable(f"sqlite://{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE lead (id INTEGER)")
    check_usable(f"sqlite://{path}")


def test_file_that_is_no_sqlite_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    path.write_bytes(b"this is no SQLite database" * 100)
    with pytest.raises(BadInput, match="cannot be read as an SQLite database"):
        check_usable(f"sqlite://{path}")


def test_folder_is_refused_as_sqlite_database(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be opened as an SQLite database"):
        check_usable(f"sqlite://{tmp_path}")
