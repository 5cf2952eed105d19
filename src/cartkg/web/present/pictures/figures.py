"""A figure as a file to take away, as SVG or PNG, with its title on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from cartkg.web.http.state import serving
from cartkg.web.present.responses import document, svg

if TYPE_CHECKING:
    from flask import Response

#: Endings of the files.
ENDINGS = ("svg", "png")
_SIZE = re.compile(r'\swidth="(\d+)" height="(\d+)"')


def figure(template: str, title: str, ending: str, /, **context: object) -> Response:
    """Send a figure that a template draws; its first element states width and height.

    Raises:
        TooLarge: the figure is too large for a PNG.
        LimitExceeded: a PNG was not drawn in time.
    """
    drawn = render_template(template, title=title, alone=True, **context)
    size = _SIZE.search(drawn)
    assert size  # noqa: S101  # our own templates state it
    text = render_template(
        "figure.svg",
        title=title,
        drawn=Markup(drawn),  # noqa: S704  # a template escaped it
        wide=int(size[1]),
        high=int(size[2]),
    )
    return svg(text) if ending == "svg" else document(serving().bitmaps.png(text), "image/png")
