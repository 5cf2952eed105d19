"""`/docs`: the documentation that `make docs` builds into the package, sent as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, redirect
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from cartkg.files import is_file, read_bytes
from cartkg.web.present.responses import document, page
from cartkg.web.present.site import root, site

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("documentation", __name__)

#: Ending of a file -> its media type; a file with another ending is not sent.
MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".cfg": "text/plain",
    ".yaml": "application/yaml",
}
_NOT_BUILT = "This server has no documentation: run make docs in the sources it was started from."


@blueprint.get("/docs")
def entrance() -> Response:
    """Redirect to `/docs/`, from which the relative links of the first page resolve."""
    return redirect(f"{root()}/docs/", 308)


@blueprint.get("/docs/", defaults={"name": ""})
@blueprint.get("/docs/<path:name>")
def documentation(name: str) -> Response:
    """Send a file of the site; the address of a folder stands for the page in it."""
    folder = site().documentation
    if folder is None:
        return page("error.html", 404, title="No documentation", detail=_NOT_BUILT, missing=True, near=[])
    if not name or name.endswith("/"):
        name += "index.html"
    path = _file(folder, name)
    if path is None and _file(folder, f"{name}/index.html"):
        return redirect(f"{root()}/docs/{name}/", 308)
    if path is None:
        raise NotFound
    return document(read_bytes(path), MEDIA_TYPES[path.suffix])


def _file(folder: Path, name: str) -> Path | None:
    """Return the file of a name below a folder; None when there is none, or its real place is elsewhere."""
    joined = safe_join(str(folder), name)
    path = Path(joined) if joined else folder
    if path.suffix not in MEDIA_TYPES or not is_file(path):
        return None
    return path if path.resolve().is_relative_to(folder.resolve()) else None
