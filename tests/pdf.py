"""A paper in PDF, written by hand (ISO 32000-1, 7.5): pages of text in one font."""

from __future__ import annotations


def pdf(*pages: str) -> bytes:
    """Return a PDF with pages of text, a line of the page for each line."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>", font]
    for at, page in enumerate(pages):
        lines = "".join(f"({line.replace('(', '[').replace(')', ']')}) ' " for line in page.splitlines())
        drawn = f"BT /F 9 Tf 12 TL 50 800 Td {lines}ET"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {5 + 2 * at} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream")
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{each}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    rest = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\n"
    return data + f"{rest}startxref\n{len(data)}\n%%EOF\n".encode()
