"""Environment variables of the service: the process's own, a `.env` file in development, and files of secrets."""

import os
import re
import secrets
from collections.abc import Collection, Mapping, MutableMapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

PREFIX: Final = "GQL_LEADS_"
ENVIRONMENT: Final = f"{PREFIX}ENVIRONMENT"
FILE_SUFFIX: Final = "_file"
DOTENV: Final = Path(".env")
DOTENV_PREFIXES: Final = (PREFIX, "OTEL_")
"""Prefixes of the variables that are taken from `.env`; others in it belong to other programs."""


PLACEHOLDERS: Final = re.compile(
    r"change[\W_]?(me|it)|replace[\W_]?me|placeholder|default|dummy|example|insecure|password|passphrase|secret|qwerty|asdfgh|your",
    re.IGNORECASE,
)
"""Words that people leave in a secret that was never chosen."""
SECRET_BYTES: Final = 32
FEWEST_CHARACTERS: Final = 12
FEWEST_DIFFERENT: Final = 8


class SettingsError(Exception):
    """Raised for wrong settings; the message has a sentence for each, which names its variable."""


def read_dotenv(environ: MutableMapping[str, str], path: Path = DOTENV) -> None:
    """Add the variables of `.env` that are not set yet; do nothing in production or without the file."""
    if environ.get(ENVIRONMENT, "").lower() == "production" or not path.is_file():
        return
    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None
    if (values.get(ENVIRONMENT) or "").lower() == "production":
        raise SettingsError(f"{path} is read in development only. Set {ENVIRONMENT}=production outside of it.")
    for name, value in values.items():
        if name.startswith(DOTENV_PREFIXES) and value is not None:
            environ.setdefault(name, value)


def is_guessable(secret: str) -> bool:
    """Return True if the secret repeats itself, counts, or holds little besides placeholders such as `changeme`."""
    rest = re.sub(r"[\W_]+", "", PLACEHOLDERS.sub("", secret))
    steps = [ord(right) - ord(left) for left, right in pairwise(rest)]
    is_periodic = any(rest.startswith(rest[period:]) for period in range(1, len(rest) // 2 + 1))
    is_counting = 2 * sum(step in (-1, 0, 1) for step in steps) > len(steps)
    return len(rest) < FEWEST_CHARACTERS or len(set(rest)) < FEWEST_DIFFERENT or is_periodic or is_counting


def read_secret_files(given: Mapping[str, str], secret_settings: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Replace each `<secret setting>_file` by the content of its file.

    Return the settings, and a sentence for each file that cannot be used.
    """
    read, wrong = dict(given), []
    for setting in sorted(secret_settings):
        file = read.pop(f"{setting}{FILE_SUFFIX}", None)
        if file is None:
            continue
        variable = f"{PREFIX}{setting.upper()}"
        if setting in read:
            wrong.append(f"{variable} and {variable}_FILE are both set; keep one of them.")
            continue
        try:
            content = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            wrong.append(f"{variable}_FILE should name a file with the value; {file} cannot be read: {reason}.")
            continue
        if content:
            read[setting] = content
        else:
            wrong.append(f"{variable}_FILE should name a file with the value; {file} is empty.")
    return read, wrong


def stored_secret(path: Path) -> bytes:
    """Return the secret in a file next to the database; create it if there is none."""
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"The secret next to the database cannot be stored: {error}.") from None
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"{path} should hold at least {SECRET_BYTES} bytes; remove it to have a new one made.")
    return secret


def _make_secret(path: Path) -> None:
    """Write the file atomically; keep the file of another process that was faster."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
