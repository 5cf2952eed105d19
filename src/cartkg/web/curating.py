"""Serve `cartkg curate`: dossiers, to the person at this machine and nobody else."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from cartkg.errors import CartkgError, ConfigError, EditRefused, SourceError
from cartkg.web.http.headers import POLICY
from cartkg.web.views.curation import EXTENSION, CurationSession, blueprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.pipeline.curating import CurationFolder

#: The only address listened on: whoever is not at this machine cannot connect.
HOST = "127.0.0.1"
_MOST_BYTES = 1024**2
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_curation_app(folder: CurationFolder, port: int, source: str = "") -> Flask:
    """Make the app.

    Args:
        folder: the dossiers to edit.
        port: where it listens, for the field Host.
        source: the text beside each dossier; empty for what it has in comments.
    """
    app = Flask(__name__, static_folder=None)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BYTES
    app.extensions[EXTENSION] = CurationSession(folder, source, frozenset({f"{HOST}:{port}", f"localhost:{port}"}))
    app.register_blueprint(blueprint)
    app.register_error_handler(CartkgError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.after_request(_with_headers)
    return app


def serve_curation(folder: CurationFolder, port: int, source: str, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        folder: the dossiers to edit.
        port: port to listen on; 0 picks a free one.
        source: the text beside each dossier; empty for what it has in comments.
        say: takes the address to open.

    Raises:
        ConfigError: the port cannot be used.
    """
    with _listening(port) as listener:
        taken = int(listener.getsockname()[1])
        app = create_curation_app(folder, taken, source)
        session: CurationSession = app.extensions[EXTENSION]
        server = make_server(HOST, taken, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
        names = folder.names()
        below = f"dossiers/{quote(names[0], safe='')}/" if len(names) == 1 else ""
        say(f"http://{HOST}:{taken}/{session.token}/{below}")
        with server:
            server.serve_forever()


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen there: {error.strerror or error}", f"--port {port}") from error
    return listener


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request: its address has the token."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # werkzeug's own signature
        """Write nothing."""


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _refused(error: CartkgError) -> tuple[Response, int]:
    if isinstance(error, EditRefused):
        return jsonify(message=str(error)), 409 if error.is_conflict else 400
    return jsonify(message=str(error)), 422 if isinstance(error, SourceError) else 500


def _http(error: HTTPException) -> tuple[Response, int]:
    return jsonify(message=error.description), error.code or 500
