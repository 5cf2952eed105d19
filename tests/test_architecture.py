"""The shape of the code: imports point down, modules and functions stay small, what is public is listed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "cartkg"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted({path.parent.relative_to(PACKAGE) for path in SOURCES})

LONGEST_MODULE = 450  # one idea a module: a lower limit was met by splitting ideas
LONGEST_FUNCTION = 40
MOST_PARAMETERS = 5
MOST_MODULES = 15  # side by side in one package


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("relative" if node.level else (node.module or "").split(".")[0])
    return found


def test_imports_keep_the_contract() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_modules_are_short() -> None:
    assert [name(path) for path in SOURCES if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE] == []


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_packages_have_few_modules_side_by_side(package: Path) -> None:
    if str(package) in {".", "cli"}:
        return  # the root lists the ground floor, cli one module a command
    modules = [path for path in (PACKAGE / package).glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("package", [each for each in PACKAGES if len(each.parts) > 1], ids=str)
def test_rooms_say_what_they_import(package: Path) -> None:
    module = nodes(PACKAGE / package / "__init__.py")[0]
    assert isinstance(module, ast.Module)
    assert re.search(r"^Imports ", ast.get_docstring(module) or "", re.MULTILINE)


def test_functions_are_short() -> None:
    assert [
        f"{name(path)}: {function.name}"
        for path in SOURCES
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ] == []


def test_functions_take_few_parameters() -> None:
    assert [
        f"{name(path)}: {function.name}"
        for path in SOURCES
        if path.parent.name != "cli"  # click hands over one parameter an option
        for function in functions(path)
        if len(given(function)) > MOST_PARAMETERS
    ] == []


def given(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the parameters that a caller gives."""
    taken = function.args
    return [
        each.arg for each in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs) if each.arg not in {"self", "cls"}
    ]


def test_modules_say_what_they_are_for() -> None:
    trees = {name(path): nodes(path)[0] for path in SOURCES}
    assert [
        path for path, tree in trees.items() if not (isinstance(tree, ast.Module) and ast.get_docstring(tree))
    ] == []


HOMES = {"flask": "web", "click": "cli", "owlready2": "reasoning", "pyshacl": "validation", "mcp": "assistant"}


def test_frameworks_stay_in_their_place() -> None:
    assert [
        f"{name(path)}: {framework}"
        for path in SOURCES
        for framework, home in HOMES.items()
        if framework in imported(path) and path.relative_to(PACKAGE).parts[0].removesuffix(".py") != home
    ] == []


def test_imports_are_absolute() -> None:
    assert [name(path) for path in SOURCES if "relative" in imported(path)] == []


def test_no_drawer_modules() -> None:
    assert {path.stem for path in SOURCES}.isdisjoint(
        {"utils", "util", "helpers", "services", "common", "constants", "misc"}
    )


@pytest.mark.parametrize(
    "name",
    sorted({".".join(("cartkg", *path.relative_to(PACKAGE).parent.parts)) for path in SOURCES}),
)
def test_public_names_exist_and_are_sorted(name: str) -> None:
    package = import_module(name)
    public = getattr(package, "__all__", None)
    if public is None:
        defined = [key for key in vars(package) if not key.startswith("_")]
        assert name == "cartkg.cli" or not any(getattr(vars(package)[key], "__module__", "") == name for key in defined)
        return
    # Constants, then classes, then functions: ruff's order.
    assert list(public) == sorted(public, key=lambda key: (not key.isupper(), not key[:1].isupper(), key))
    assert [key for key in public if not hasattr(package, key)] == []


def test_a_public_class_name_has_one_meaning() -> None:
    homes: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name(path))
    assert {each: where for each, where in homes.items() if len(where) > 1} == {}


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether a handler only does something on the way: it ends by raising what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_the_outermost_handlers_of_the_servers_and_the_command_line_catch_everything() -> None:
    catching = [
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and not _raises_again(node)
    ]
    places = [place.partition("/")[0] for place in catching]
    assert set(places) <= {"assistant", "cli", "web"}
    assert len(places) == len(set(places))


def test_what_users_import_is_listed() -> None:
    import cartkg  # noqa: PLC0415  # the package under test

    assert cartkg.__all__ == ["__version__", "load"]
