"""Figures to take away: as SVG and as PNG, with their title, drawn once and within limits."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree as SafeTree
from tests.sample_site import sample_client
from tests.test_pages import BROWSER, LUPUS

from cartkg import bitmaps
from cartkg.errors import LimitExceeded, TooLarge
from cartkg.namespaces import RDFS, TERM
from cartkg.web.http.kept_bitmaps import KeptBitmaps

if TYPE_CHECKING:
    from flask.testing import FlaskClient

MAP = (
    f"<http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout <image>' . <http://e/cd7> <{RDFS}label> 'CD7' . "
    f"<http://e/cells> <{TERM}targets> <http://e/cd7> . <http://e/trial> a <{TERM}ClinicalTrial> ; "
    f"<{TERM}trialCondition> <http://e/gout> ; <{TERM}investigates> <http://e/cells>"
)
DRAWN = ("/map", f"/responses?disease={LUPUS}", "/diseases/gout-image.toxicity")


def drawing(inside: str = "", wide: int = 400, high: int = 200) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}">{inside}</svg>'


def size(drawn: bytes) -> tuple[int, int]:
    """Return width and height of a PNG (its specification, section 11.2.1)."""
    assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", drawn[16:24])
    return wide, high


def address(path: str, form: str) -> str:
    """Return the address of a figure in a form."""
    place, mark, query = path.partition("?")
    return f"{place}.{form}{mark}{query}"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return sample_client(MAP)


@pytest.mark.parametrize("path", DRAWN)
def test_a_figure_can_be_had_as_svg_and_as_png_of_the_same_shape(client: FlaskClient, path: str) -> None:
    written, drawn = (client.get(address(path, form)) for form in ("svg", "png"))
    assert (written.mimetype, drawn.mimetype) == ("image/svg+xml", "image/png")
    picture = SafeTree.fromstring(written.data)
    wide, high = (int(picture.get(side)) for side in ("width", "height"))
    assert size(drawn.data) == (2 * wide, 2 * high)
    named = picture.find("{http://www.w3.org/2000/svg}title").text
    assert named in [each.text for each in picture.findall("{http://www.w3.org/2000/svg}text")], "the title is drawn"
    assert picture.find(".//{http://www.w3.org/2000/svg}image") is None
    tag = drawn.headers["ETag"]
    assert client.get(address(path, "png"), headers={"If-None-Match": tag}).status_code == 304
    head = client.head(address(path, "png"))
    assert (head.headers["ETag"], head.content_length) == (tag, len(drawn.data))


def test_pages_link_to_both(client: FlaskClient) -> None:
    text = client.get("/map", headers={"Accept": BROWSER}).text
    assert 'href="/map.svg"' in text
    assert 'href="/map.png"' in text


def test_letters_are_drawn_without_a_font_of_the_system() -> None:
    plain, thin, strong = (
        bitmaps.png(drawing(inside))
        for inside in (
            "",
            '<text x="9" y="30">Müller: ≥ 3 † ‡</text>',
            '<text x="9" y="30" font-weight="600">Müller: ≥ 3 † ‡</text>',
        )
    )
    assert len({plain, thin, strong}) == 3


def test_a_large_figure_has_fewer_pixels_and_a_huge_one_is_refused() -> None:
    wide, high = size(bitmaps.png(drawing(wide=2000, high=3000)))
    assert 7_900_000 < wide * high <= 8_010_000
    for wrong in (drawing(wide=9000, high=9000), drawing("<!--" + "x" * 3_000_000 + "-->"), "<svg/>", "", "\0"):
        with pytest.raises(TooLarge, match="SVG"):
            bitmaps.png(wrong)


def test_what_cannot_be_drawn_in_time_or_at_all_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded, match="ended"):
        bitmaps.png(drawing("<g>"))
    monkeypatch.setattr(bitmaps, "_SECONDS", 0.001)
    with pytest.raises(LimitExceeded, match="within"):
        bitmaps.png(drawing())


def test_a_figure_is_drawn_once_and_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    kept = KeptBitmaps()

    def draw(figure: str) -> bytes:
        asked.append(figure)
        if figure == "first":
            kept.png("second")
        elif figure == "second":
            with pytest.raises(LimitExceeded, match="too many"):
                kept.png("third")
        return figure.encode()

    monkeypatch.setattr(bitmaps, "png", draw)
    assert [kept.png("one"), kept.png("one")] == [b"one", b"one"]
    assert asked == ["one"]
    monkeypatch.setattr("cartkg.web.http.kept_bitmaps._PATIENCE", 0.01)
    kept.png("first")
    assert asked == ["one", "first", "second"]
