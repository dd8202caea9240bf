"""Programs that tests need and pip cannot install: they are installed with apt where they are missing."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

INSTALL: Final = ("apt-get", "install", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
TIMEOUT_SECONDS: Final = 900
LOCK: Final = Path(tempfile.gettempdir()) / f"gql-leads-tests-apt-{os.geteuid()}.lock"


def debian_program(name: str, package: str) -> str:
    """Return the path of a program; install its package if it is missing."""
    require_programs(**{name: package})
    path = _path_of(name)
    assert path is not None, f"The package {package} has no program {name}."
    return path


def require_programs(**packages: str) -> None:
    """Install the Debian package of each missing program; raise RuntimeError if that fails."""
    if not _missing(packages):
        return
    with _only_one_process():
        if missing := _missing(packages):
            _install(missing)


def _path_of(name: str) -> str | None:
    # Debian installs servers where only root's PATH finds them.
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def _missing(packages: dict[str, str]) -> list[str]:
    return sorted({package for program, package in packages.items() if _path_of(program) is None})


def _install(packages: list[str]) -> None:
    advice = f"Install {' and '.join(packages)}, which these tests need (Debian and Ubuntu: apt-get install {' '.join(packages)})"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise RuntimeError(advice)
    for command in (("apt-get", "update"), (*INSTALL, *packages)):
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{advice}: {done.stderr.decode()}")


@contextmanager
def _only_one_process() -> Iterator[None]:
    """Wait until no other test process installs packages: apt fails while another one updates its lists."""
    with LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
