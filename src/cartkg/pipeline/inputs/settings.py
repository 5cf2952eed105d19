"""Settings for checks of a repository's data: `[tool.cartkg.check]` of pyproject.toml, or `[check]` of cartkg.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cartkg.diagnostics import Severity
from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import border, is_file, read_text

if TYPE_CHECKING:
    from pathlib import Path

#: Name of the file -> the tables that lead to the settings; the first file of a folder that has them counts.
_FILES = {"cartkg.toml": ("check",), "pyproject.toml": ("tool", "cartkg", "check")}
_PATHS = ("shapes", "ontology", "data")
_FAIL_ON = "fail-on"


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """The settings of a repository.

    Attributes:
        file: where they stand.
        shapes: files and folders of the shapes, absolute.
        ontology: files and folders of the ontology that the shapes rely on, absolute.
        data: files and folders of the data, absolute.
        fail_on: the mildest severity that fails the check; None when nothing is said.
    """

    file: Path
    shapes: tuple[Path, ...]
    ontology: tuple[Path, ...]
    data: tuple[Path, ...]
    fail_on: Severity | None


def find_settings(folder: Path) -> RepositorySettings | None:
    """Find the settings of the repository or project around a folder, those of the nearest folder first.

    Raises:
        ConfigError: a settings file cannot be read, a setting is unknown or of the wrong type, or a path leads out of
            the repository.
    """
    around = border(folder)
    for place in (folder, *folder.parents):
        for name, tables in _FILES.items():
            table = _table(place / name, tables)
            if table is not None:
                return _settings(place / name, ".".join(tables), table)
        if place == around:
            break
    return None


def _table(file: Path, tables: tuple[str, ...]) -> dict[str, Any] | None:
    if not is_file(file):
        return None
    import tomllib  # noqa: PLC0415  # most runs have no such file

    try:
        found: Any = tomllib.loads(read_text(file))
    except UnusableFile as error:
        raise ConfigError(error.message, setting=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not TOML: {error}", setting=str(file)) from error
    for name in tables:
        found = found.get(name) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        raise ConfigError("is not a table", setting=f"{file}: {'.'.join(tables)}")
    return found


def _settings(file: Path, name: str, table: dict[str, Any]) -> RepositorySettings:
    known = (*_PATHS, _FAIL_ON)
    for key in table:
        if key not in known:
            from cartkg.nearest import suggest  # noqa: PLC0415  # for a mistake alone

            meant = suggest(key, known)
            hint = f"did you mean {meant[0]}?" if meant else f"known: {', '.join(known)}"
            raise ConfigError(f"unknown setting; {hint}", setting=f"{file}: {name}.{key}")
    paths = {key: _paths(file, f"{name}.{key}", table.get(key, [])) for key in _PATHS}
    for key in ("shapes", "data"):
        if not paths[key]:
            raise ConfigError("name at least one file or folder", setting=f"{file}: {name}.{key}")
    return RepositorySettings(file, fail_on=_severity(file, name, table.get(_FAIL_ON)), **paths)


def _paths(file: Path, name: str, given: Any) -> tuple[Path, ...]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(each, str) and each for each in listed):
        raise ConfigError("is not a list of files and folders", setting=f"{file}: {name}")
    paths = tuple(file.parent / each for each in listed)
    root = (border(file.parent) or file.parent).resolve()
    for path in paths:  # the settings may be a stranger's: what lies elsewhere is not for a report of this repository
        if not path.resolve().is_relative_to(root):
            raise ConfigError(f"{path} lies outside the repository {root}", setting=f"{file}: {name}")
    return paths


def _severity(file: Path, name: str, given: Any) -> Severity | None:
    if given is None:
        return None
    if given not in {level.value for level in Severity}:
        levels = ", ".join(level.value for level in Severity)
        raise ConfigError(f"is not one of {levels}", setting=f"{file}: {name}.{_FAIL_ON}")
    return Severity(given)
