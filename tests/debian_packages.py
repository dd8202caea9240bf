"""Programs that tests need and pip cannot install: they are installed with apt where they are missing."""

import os
import shutil
import subprocess
from typing import Final

INSTALL: Final = ("apt-get", "install", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
TIMEOUT_SECONDS: Final = 900


def require_programs(**packages: str) -> None:
    """Install the Debian package of each missing program; raise RuntimeError if that fails."""
    missing = sorted({package for program, package in packages.items() if shutil.which(program) is None})
    if not missing:
        return
    advice = f"Install {' and '.join(missing)}, which these tests need (Debian and Ubuntu: apt-get install {' '.join(missing)})"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise RuntimeError(advice)
    for command in (("apt-get", "update"), (*INSTALL, *missing)):
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{advice}: {done.stderr.decode()}")
