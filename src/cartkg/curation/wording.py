"""A dossier that has become facts in; its texts that no number, link or class of the graph stands for, out.

What other modules could not place they name themselves. Here are the fields that are texts by nature, and the texts
beside numbers; a text from which something was read (a day, a kind of result, that nothing was given) is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.curation.amounts import result_kind
from cartkg.curation.doses import PRINTED_DOSE

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Leaf, Node

_COHORT = (
    "autoantibodies_note|baseline|data_cut|data_cutoff|design|eligibility|enrolled|enrolment_window|features|method|note|"
    "period|phases|presentation|programme|refractory|role|setting|share|site|subtype|text|treated"
)
_THERAPY = (
    "cell_source_note|cell_type|construct|editing|generation|indication_treated|manufacturer|manufacturer/site|"
    "manufacturing|n|note|programme|secreted|sequence\\[\\d+\\]"
)
_AMOUNT = "what|text|note|longest"
#: Fields that are texts by nature, by their paths, and what the graph has of them.
_TEXTS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (rf"^cohorts\[\d+\]\.({_COHORT})$", "it tells of the patients in a text"),
        (rf"^cohorts\[\d+\]\.\w+\.({_AMOUNT})$", "it stands beside the number as a text"),
        (r"^patients\[\d+\]\.features$", "it tells of the patient in a text"),
        (rf"^therapy(_more\[\d+\]|_split\[\d+\])?\.({_THERAPY})$", "it tells of the cells in a text"),
        (r"^regimen\.(lymphodepletion_note|timing)$", "it tells of the treatment in a text"),
        (r"^regimen\.(cell_dose|cell_infusions)\.(text|note|schedule)$", "it stands beside the dose as a text"),
        (r"^(outcomes|adverse_events)\[\d+\]\.note$", "it stands beside the result as a note"),
    )
)
_DRUG = re.compile(r"^regimen\.(?:lymphodepletion|bridging|concomitant_or_post)\[\d+\]\.(text|schedule|start|dose)$")
_RESULT = re.compile(r"^(?:outcomes|adverse_events)\[\d+\]\.(text|range)$")
#: Texts from which a number or class was read, by the ends of their paths.
_READ = {
    "cell_type": re.compile(r"^(?:car-?)?t(?: cells?)?$|\bnk\b|car-?nk|regulatory|caar|gamma-?delta", re.IGNORECASE),
    "longest": re.compile(r"^[\d.]+ [a-z]+$"),
    "range": re.compile(r"^95% CI -?[\d.]+\s*(?:-|to)\s*-?[\d.]+$"),
    "text": re.compile(r"^\d+(?:\.\d+)?%$"),
}
_DAY = re.compile(r"^day.*\d", re.DOTALL)


def name_texts(desk: Desk) -> None:
    """Note each text that is kept in words only and that nothing has noted yet."""
    for leaf in desk.root.leaves():
        if not isinstance(leaf.value, str) and not leaf.path.endswith(".n"):
            continue
        why = next((why for pattern, why in _TEXTS if pattern.match(leaf.path)), None)
        why = why or _beside_drug(desk.root, leaf) or _beside_result(leaf)
        read = _READ.get(leaf.path.rpartition(".")[2])
        if (
            why
            and not (read and read.search(str(leaf.value)))
            and not any(leaf.path == path or leaf.path.startswith((f"{path}.", f"{path}[")) for path in desk.noted)
        ):
            desk.in_words(leaf.path, why)


def _beside_drug(root: Node, leaf: Leaf) -> str | None:
    """Say why the words of a drug's row are words only; None where a drug, dose or day was read from them."""
    match = _DRUG.match(leaf.path)
    text = str(leaf.value)
    if match is None:
        return None
    if match[1] == "text":
        steps = re.findall(r"\w+", leaf.path)
        row = root.child(steps[0]).child(steps[1]).items()[int(steps[2])]
        return "it tells of the drug in a text" if "drug" in row else None
    read = {
        "schedule": _DAY.match(text),
        "start": "week" not in text and re.search(r"\d", text),
        "dose": PRINTED_DOSE.match(text),
    }[match[1]]
    return None if read else "no day or number is in it that could be read"


def _beside_result(leaf: Leaf) -> str | None:
    match = _RESULT.match(leaf.path)
    text = str(leaf.value)
    if match is None or (match[1] == "text" and result_kind(text) != "described"):
        return None
    return "the patients, what was measured and when are data, these words are a text"
