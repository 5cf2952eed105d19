"""How other programs are started: our own modules, Java and git, none of which runs what is in the current folder.

`python -m` puts the current folder first on the module path, Java and git take options from the environment, and git
runs what the configuration of a repository names. A checkout of a stranger may hold all of these. So a child gets a
short environment without secrets, Python searches installed modules only, and git gets the programs of a repository's
own configuration taken away.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

#: What a child needs of the environment: where things are, which language is spoken, how numbers are computed.
_KEPT = frozenset(
    (
        *("HOME", "LANG", "LANGUAGE", "LOGNAME", "TZ", "USER", "XDG_CACHE_HOME"),
        *("TEMP", "TMP", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUTF8"),
    )
)
_KEPT_STARTS = ("LC_", "OMP_", "OPENBLAS_", "MKL_")
#: Lists of folders; an entry that is not absolute means another folder in each place, such as the checkout.
_FOLDERS = ("PATH", "PYTHONPATH")
#: Where a repository is, as git tells its hooks, and where its user keeps the configuration of git.
_GIT_KEPT = frozenset(
    (
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "XDG_CONFIG_HOME"),
    )
)
#: Nothing is locked, asked, fetched or replaced; an empty list of protocols allows none.
_GIT_FIXED = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_PAGER": "cat",
}
#: Settings of git that name a program or a folder of programs, each with a value that names none.
_GIT_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.sshCommand": "false",
    "core.alternateRefsCommand": "true",
    "diff.external": "",
    "safe.bareRepository": "explicit",
}
_OWN_SCOPES = frozenset((b"local", b"worktree"))
#: Filters and drivers have names of the repository's choice: start and end of their settings, and the harmless value.
_GIT_NAMED = (
    ("filter.", ".clean", ""),
    ("filter.", ".smudge", ""),
    ("filter.", ".process", ""),
    ("filter.", ".required", "false"),
    ("diff.", ".command", ""),
    ("diff.", ".textconv", ""),
)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child: what it needs to run, and nothing that a caller keeps secret.

    Args:
        more: variables to set besides.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}
    for name in _FOLDERS:
        folders = [folder for folder in os.environ.get(name, "").split(os.pathsep) if Path(folder).is_absolute()]
        if folders:
            kept[name] = os.pathsep.join(folders)
    return kept | more


def own_module(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this package, with a module path that leaves the current folder out."""
    flags = ["-P", *(["-E"] if sys.flags.ignore_environment else []), *(["-s"] if sys.flags.no_user_site else [])]
    return [sys.executable, *flags, "-m", module, *arguments]


def git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder; nothing that the repository configures runs with it, and nothing is fetched.

    Args:
        folder: where to run it.
        arguments: command and options; text from outside must not stand where an option may.
        given: its standard input.

    Returns:
        How it ended and what it wrote.

    Raises:
        FileNotFoundError: git is not installed.
    """
    variables = _git_environment()
    command = ["git", "--no-pager", "-C", str(folder)]
    listing = [*command, "config", "--list", "--show-scope", "--name-only", "-z"]
    listed = _run(listing, variables | _settings(_GIT_SETTINGS), b"").stdout
    settings = _GIT_SETTINGS | _disarming(listed)
    return _run([*command, *arguments], variables | _settings(settings), given)


def _run(command: list[str], variables: dict[str, str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    import subprocess  # noqa: PLC0415  # most checks start nothing

    return subprocess.run(  # noqa: S603  # a list, and the callers let no option in from outside
        command, input=given, capture_output=True, check=False, env=variables
    )


def _git_environment() -> dict[str, str]:
    where = {name: value for name, value in os.environ.items() if name in _GIT_KEPT}
    return environment(**where, **_GIT_FIXED)


def _disarming(listed: bytes) -> dict[str, str]:
    """Return settings that take the programs away from a repository's own filters and drivers.

    Args:
        listed: scope and name of every setting, each ended by a zero byte.
    """
    words = listed.split(b"\0")
    names = {os.fsdecode(name) for scope, name in zip(words[::2], words[1::2], strict=False) if scope in _OWN_SCOPES}
    return {
        f"{name[: -len(end)]}{end}": harmless
        for name in names
        for start, end, harmless in _GIT_NAMED
        if name.startswith(start) and name.endswith(end)
    }


def _settings(values: dict[str, str]) -> dict[str, str]:
    """Return settings as variables of the environment, in which a name may hold any character."""
    said = {"GIT_CONFIG_COUNT": str(len(values))}
    for number, (name, value) in enumerate(values.items()):
        said |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return said
