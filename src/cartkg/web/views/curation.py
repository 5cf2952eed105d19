"""The pages and requests of `cartkg curate`: only for the person who started it, on this machine."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, send_from_directory

from cartkg.dossier.editing import Appending, Edit, Removal, Setting, Step
from cartkg.dossier.fields import DOSSIER, SchemaField, field_at, fields_of, value_of
from cartkg.errors import EditRefused
from cartkg.web.present.curation.form import UNCONFIRMED, VOCABULARIES, form_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.dossier.node import Plain
    from cartkg.pipeline.curating import Curation, CurationFolder

EXTENSION = "cartkg-curation"
blueprint = Blueprint("curation", __name__)
_STATIC = Path(__file__).parent.parent / "static"
_KEYS = {
    "set": {"version", "do", "path", "text"},
    "add": {"version", "do", "path"},
    "show": {"version", "do", "path"},
    "remove": {"version", "do", "path"},
    "confirm": {"version", "do", "path"},
}
_DEEPEST = 30


@dataclass(slots=True)
class CurationSession:
    """What the person edits, and how their browser is known.

    Attributes:
        folder: the dossiers.
        source: the text beside each; empty for what it has in comments.
        hosts: the values of the field Host that are those of this server.
        token: the part of every address that only the person who started the command knows.
        opened: by dossier, fields without a value that the person wants to fill in.
    """

    folder: CurationFolder
    source: str
    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    opened: dict[str, set[tuple[Step, ...]]] = field(default_factory=dict)


def curation_session() -> CurationSession:
    """Return the session of the app that handles the current request."""
    return cast("CurationSession", current_app.extensions[EXTENSION])


@blueprint.before_app_request
def guard() -> None:
    """Refuse what does not come from the page of the person who started the command.

    A page of another site can send requests to this machine, also under a host name of its own (DNS rebinding). It
    knows neither the token nor can it send our Host and Origin.
    """
    here, given = curation_session(), (request.view_args or {}).get("token", "")
    if request.headers.get("Host", "") not in here.hosts:
        abort(421, "this address is not that of cartkg curate")
    if not hmac.compare_digest(str(given).encode(), here.token.encode()):
        abort(403, "open the address that cartkg curate has printed")
    if request.method not in {"GET", "HEAD"} and request.headers.get("Origin") not in _origins(here):
        abort(403, "only the page of cartkg curate can change the dossier")


def _origins(here: CurationSession) -> set[str]:
    return {f"http://{host}" for host in here.hosts}


@blueprint.get("/<token>/")
def listing(token: str) -> str:
    """List the dossiers that can be edited."""
    return render_template("curation/list.html", entries=curation_session().folder.entries(), token=token)


@blueprint.get("/<token>/dossiers/<name>/")
def page(token: str, name: str) -> str:
    """Show a dossier beside its source."""
    here, curation = curation_session(), _curation(name)
    terms = curation.context.terms()
    words = {kind: terms.by_kind[kind].values() for kind in sorted(set(VOCABULARIES.values()))}
    return render_template(
        "curation/page.html",
        curation=curation,
        form=form_of(curation, _opened(name)),
        source=here.source or curation.source_text(),
        is_one=len(here.folder.names()) == 1,
        name=name,
        token=token,
        words=words,
    )


def _curation(name: str) -> Curation:
    return curation_session().folder.curation(name) or abort(404, "no dossier has this name")


def _opened(name: str) -> set[tuple[Step, ...]]:
    return curation_session().opened.setdefault(name, set())


@blueprint.get("/<token>/static/<path:name>")
def static(token: str, name: str) -> Response:  # noqa: ARG001
    """Return a script or style sheet of our own."""
    return send_from_directory(_STATIC, name)


@blueprint.post("/<token>/dossiers/<name>/edit")
def edit(token: str, name: str) -> Response:  # noqa: ARG001  # as below: guard has looked at it
    """Make one edit, and answer with the form as it is then."""
    asked = _asked()
    if asked.keys() != _KEYS.get(str(asked.get("do"))):
        abort(400, "an edit has the keys version, do and path, and text for do: set; nothing else")
    curation = _curation(name)
    path = _path(asked["path"])
    if asked["do"] == "show":
        _field(path)
        _opened(name).add(path)
        return _answer(name, curation)
    made = _edit(asked, path, curation)
    if made is not None:
        curation.edit(made, asked["version"])
    if isinstance(made, Removal) and isinstance(made.path[-1], int):
        _opened(name).clear()  # the numbers of the rows behind it have changed
    return _answer(name, curation)


@blueprint.post("/<token>/dossiers/<name>/undo")
def undo(token: str, name: str) -> Response:  # noqa: ARG001
    """Take the last edit back."""
    curation = _curation(name)
    curation.undo(_version())
    return _answer(name, curation)


@blueprint.post("/<token>/dossiers/<name>/save")
def save(token: str, name: str) -> Response:  # noqa: ARG001
    """Write the dossier to its file."""
    curation = _curation(name)
    curation.save(_version())
    return _answer(name, curation)


def _answer(name: str, curation: Curation) -> Response:
    form = form_of(curation, _opened(name))
    html = render_template("curation/form.html", form=form)
    return jsonify(
        version=curation.version,
        changed=curation.is_changed,
        can_undo=curation.can_undo,
        unconfirmed=form.unconfirmed,
        faults=form.faults,
        html=html,
    )


def _asked() -> dict[str, Any]:
    asked = request.get_json(silent=True) if request.is_json else None
    if not isinstance(asked, dict) or type(asked.get("version")) is not int:
        abort(400, "send a JSON object with a version, a whole number")
    return asked


def _version() -> int:
    asked = _asked()
    if asked.keys() != {"version"}:
        abort(400, "send the version, and nothing else")
    return int(asked["version"])


def _edit(asked: Mapping[str, Any], path: tuple[Step, ...], curation: Curation) -> Edit | None:
    """Return the edit that a request asks for; None where it would change nothing."""
    if asked["do"] == "confirm":
        return Removal((*path, UNCONFIRMED))
    if asked["do"] == "remove":
        return Removal(path)
    schema = _field(path)
    if asked["do"] == "add":
        return _added(path, schema, curation, _order(path))
    if not isinstance(asked["text"], str):
        abort(400, "text must be a text")
    return _set(path, schema, asked["text"], curation)


def _field(path: tuple[Step, ...]) -> SchemaField:
    schema = field_at(path)
    if schema is None or schema.constant is not None:
        raise EditRefused(f"`{path[-1]}` is not a field that can be edited")
    return schema


def _path(given: object) -> tuple[Step, ...]:
    steps = given if isinstance(given, list) and 0 < len(given) <= _DEEPEST else []
    if not steps or any(type(step) not in {str, int} for step in steps):
        abort(400, "path must be a list of names and numbers")
    return tuple(steps)


def _order(path: tuple[Step, ...]) -> tuple[str, ...]:
    """Return the fields of the group around a path, in the order of the form."""
    above = field_at(path[:-1]) if len(path) > 1 else None
    group = above.group if above else DOSSIER
    return tuple(fields_of(group)) if group else ()


def _set(path: tuple[Step, ...], schema: SchemaField, text: str, curation: Curation) -> Edit | None:
    value, there = value_of(schema, text), _there(path, curation)
    if value == "":
        return Removal(path) if there is not None else None
    if there is None and isinstance(path[-1], int):
        return Appending(path[:-1], value, _order(path[:-1]))
    if schema.many and not isinstance(path[-1], int):
        raise EditRefused(f"`{path[-1]}` is a list; edit its entries")
    return (
        None
        if there is not None and there == value and type(there) is type(value)
        else Setting(path, value, _order(path))
    )


def _there(path: tuple[Step, ...], curation: Curation) -> Plain:
    node: Any = curation.assess().root.value
    for step in path:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
            node = node[step]
        else:
            return None
    return cast("Plain", node)


def _added(path: tuple[Step, ...], schema: SchemaField, curation: Curation, order: tuple[str, ...]) -> Edit:
    """Return the edit that adds an empty row to a list, or an empty group."""
    if schema.group is None:
        raise EditRefused(f"`{path[-1]}` is not a group; write its value")
    if not schema.many:
        return Setting(path, {}, order)
    item: dict[str, Plain] = {}
    if "id" in fields_of(schema.group):
        root = curation.assess().root
        taken = {str(node.value) for node in root.walk() if node.path.endswith(".id")}
        item["id"] = next(name for rank in range(1, len(taken) + 2) if (name := f"new-{rank}") not in taken)
    return Appending(path, item, order)
