"""Draw a figure (SVG) as a bitmap (PNG), in a process of its own with limits on time, memory and size.

resvg keeps Python's lock while it draws, so that a server would stand still, and a fault in it ends its process. The
font comes with the package: a server may have none, and the letters would be missing.

    python -m cartkg.bitmaps FONT ZOOM < figure.svg > figure.png
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from math import sqrt

from cartkg.errors import LimitExceeded, TooLarge
from cartkg.processes import environment, own_module

FONT = "Source Sans 3"
#: Pixels for each unit of the figure, where it is not too large for that, and the fewest at which it can be read.
_FINE, _COARSEST = 2.0, 0.7
_MOST_PIXELS = 8_000_000
_MOST_BYTES = 2 * 1024**2
_SECONDS = 15
_MEMORY = 1024**3
_SIZE = re.compile(r'<svg\b[^>]*\swidth="(\d{1,6})"[^>]*\sheight="(\d{1,6})"')


def png(figure: str) -> bytes:
    """Return a figure as PNG, with two pixels for each of its units where the size of the whole allows.

    Args:
        figure: SVG whose root states width and height as whole numbers, in that order.

    Raises:
        TooLarge: the figure has too many bytes, or could not be read at the size that is allowed.
        LimitExceeded: drawing took too long or failed.
    """
    size = _SIZE.search(figure)
    area = int(size[1]) * int(size[2]) if size else 0
    zoom = min(_FINE, sqrt(_MOST_PIXELS / area)) if area else 0.0
    given = figure.encode()
    if zoom < _COARSEST or len(given) > _MOST_BYTES:
        raise TooLarge("this figure is too large for a PNG; it can be had as SVG")
    command = own_module("cartkg.bitmaps", _font(), f"{zoom:.3f}")
    try:
        drawn = subprocess.run(  # noqa: S603  # our own module
            command, input=given, capture_output=True, check=False, timeout=_SECONDS, env=environment()
        )
    except subprocess.TimeoutExpired as error:
        raise LimitExceeded(f"the figure was not drawn within {_SECONDS} s", limit="time") from error
    if drawn.returncode:
        raise LimitExceeded("the figure was not drawn: its process ended", limit="memory")
    return drawn.stdout


@cache
def _font() -> str:
    """Return the path of the font."""
    import fontpkg  # noqa: PLC0415  # its search of all packages takes a tenth of a second

    return str(fontpkg.path(FONT))


def _draw(font: str, zoom: float, figure: str) -> bytes:
    """Draw in this process."""
    import resource  # noqa: PLC0415  # not on every system

    import resvg_py  # noqa: PLC0415  # only the child needs it

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    return resvg_py.svg_to_bytes(
        svg_string=figure,
        zoom=zoom,
        skip_system_fonts=True,
        font_files=[font],
        font_family=FONT,
        sans_serif_family=FONT,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(sys.argv[1], float(sys.argv[2]), sys.stdin.buffer.read().decode()))
