# ruff: noqa: INP001, T201  # a script of the build, no package; it says what it installs
"""Install from Debian what the whole tests need: a browser, a proxy, a store, and the clients of the matrix.

Run by `make test-all`. Only what is missing is installed, and only as root or with a sudo that asks for no password.
What a distribution does not have is left out; the tests concerned skip and name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Command -> the package that has it; a machine may have the command from elsewhere.
COMMANDS = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "curl": "curl",
    "haproxy": "haproxy",
    "virtuoso-t": "virtuoso-opensource-7-bin",
}
_SECONDS = 1200


def main() -> int:
    """Install what is missing, or say what the tests do without."""
    lacking = sorted({*_of_commands(), *(each for each in _of_clients() if not _installed(each))})
    if not lacking:
        return 0
    if shutil.which("apt-get") is None or not _allowed():
        print(f"no apt-get as root; the tests that need these packages will skip and say so: {' '.join(lacking)}")
        return 0
    _run("apt-get", "update", "-qq")
    offered = [each for each in lacking if _offered(each)]
    if gone := sorted(set(lacking) - set(offered)):
        print(f"not in this distribution; the tests that need these packages will skip and say so: {' '.join(gone)}")
    options = ("-y", "-qq", "--no-install-recommends")
    if offered and _run("apt-get", "install", *options, *offered):
        for each in offered:  # one that cannot be installed must not keep the others away
            if _run("apt-get", "install", *options, each):
                print(f"could not install {each}: the tests that need it will skip and say so")
    return 0


def _of_commands() -> list[str]:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return [package for command, package in COMMANDS.items() if shutil.which(command, path=path) is None]


def _of_clients() -> list[str]:
    """Return the packages of the matrix of clients."""
    table = tomllib.loads((ROOT / "tests" / "clients" / "matrix.toml").read_text("utf-8"))["client"]
    return [package for client in table if client["source"] == "Debian" for package in client["packages"]]


def _allowed() -> bool:
    return os.geteuid() == 0 or (shutil.which("sudo") is not None and _run("sudo", "--non-interactive", "true") == 0)


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    return _output("dpkg-query", "--show", "--showformat=${db:Status-Status}", package) == "installed"


def _offered(package: str) -> bool:
    return bool(_output("apt-cache", "show", "--no-all-versions", package))


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS).stdout.strip()  # noqa: S603


def _run(*command: str) -> int:
    """Run a command of the system, quietly, as root; return its exit code."""
    full = command if os.geteuid() == 0 or command[0] == "sudo" else ("sudo", "--non-interactive", *command)
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(full, stdout=subprocess.DEVNULL, env=variables, check=False, timeout=_SECONDS)  # noqa: S603
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
