"""`cartkg fix --shapes` and "did you mean": what is one slip from a declared term is replaced, and nothing else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.command import cartkg, foreign

from cartkg.nearest import Spellings

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = """
ex:BookShape a sh:NodeShape ; sh:targetClass ex:Book ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
    sh:property [ sh:path ex:author ; sh:class ex:Person ], [ sh:path ex:title ; sh:maxCount 1 ],
        [ sh:path ex:status ; sh:in ( ex:Active "Closed" "closing"@en ex:Reader ex:Render ex:grade1 ) ] .
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ; sh:property [ sh:path ex:name ; sh:minCount 1 ] ;
    sh:sparql [ sh:message "m" ; sh:select "SELECT $this WHERE { $this <http://example.org/nime> ?value }" ] .
"""
ANN = 'ex:annabel a ex:Person ; ex:name "Ann" .\n'
RDF = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("Actve", ["Active", "Passive"], ["Active"]),
        ("atcive", ["active"], ["active"]),
        ("acitve", ["active"], ["active"]),
        ("activve", ["active"], ["active"]),
        ("start_date", ["startDate"], ["startDate"]),
        ("cafe", ["café", "cave"], ["café"]),
        ("ACTIVE", ["Active", "Actives"], ["Active"]),
        ("reder", ["reader", "render"], ["reader", "render"]),
        ("atypical", ["typical"], []),
        ("unapproved", ["approved"], []),
        ("arm1", ["arm2"], []),
        ("visit 12", ["visit 21"], []),
        ("1-2 cells", ["12 cells"], []),
        ("CD19-", ["CD19"], []),
        ("TypeI", ["TypeII"], []),
        ("GroupA", ["GroupB"], []),
        ("hypotension", ["hypertension"], []),
        ("car", ["cat"], []),
        ("Active", ["Active"], []),
        ("long" * 25 + "eend", ["long" * 25 + "end"], ["long" * 25 + "end"]),
    ],
)
def test_a_slip_is_told_from_another_word(word: str, known: list[str], meant: list[str]) -> None:
    assert Spellings.of(known).meant(word) == meant


WORD = st.text("abcdefgh", min_size=5, max_size=9)


@given(st.lists(WORD, min_size=1, max_size=20), st.data())
def test_every_slip_behind_the_first_letter_is_found(known: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(known))
    at = data.draw(st.integers(1, len(word) - 2))
    slip = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at:],
                word[:at] + "x" + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    assert slip == word or word in Spellings.of(known).meant(slip)


def data(tmp_path: Path, text: str, shapes: str = SHAPES) -> tuple[Path, tuple[str, ...]]:
    foreign(tmp_path / "s.ttl", RDF + shapes)
    path = tmp_path / "d.ttl"
    foreign(path, text)
    return path, ("--shapes", "s.ttl", "d.ttl")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ex:b a ex:Book ; ex:status ex:Actve .", "ex:b a ex:Book ; ex:status ex:Active ."),
        ('ex:b a ex:Book ; ex:status "Closd" .', 'ex:b a ex:Book ; ex:status "Closed" .'),
        ("ex:b a ex:Book ; ex:status 'closng'@en .", "ex:b a ex:Book ; ex:status 'closing'@en ."),
        ('ex:b a ex:Book ; ex:status """Closd""" .', 'ex:b a ex:Book ; ex:status """Closed""" .'),
        (
            "ex:b a ex:Book ; ex:status <http://example.org/Actve> .",
            "ex:b a ex:Book ; ex:status <http://example.org/Active> .",
        ),
        (
            "BASE <http://example.org/> ex:b a ex:Book ; ex:status <Actve> .",
            "BASE <http://example.org/> ex:b a ex:Book ; ex:status <Active> .",
        ),
        ('ex:b a ex:Book ; ex:titel "x" .', 'ex:b a ex:Book ; ex:title "x" .'),
        ("ex:b a ex:Book ; ex:author ex:anabel .", "ex:b a ex:Book ; ex:author ex:annabel ."),
        ("ex:b a ex:Bok .\nex:c a ex:Boook .", "ex:b a ex:Bok .\nex:c a ex:Book ."),
        ('ex:c a ex:Persom ; ex:name "C" .', 'ex:c a ex:Person ; ex:name "C" .'),
        ('[] a ex:Other ; ex:nane "C", "D" .', '[] a ex:Other ; ex:name "C", "D" .'),
        ("ex:c ex:p [ a ex:Persom ] .", "ex:c ex:p [ a ex:Person ] ."),
    ],
)
def test_what_is_misspelt_is_replaced_and_every_other_byte_stays(tmp_path: Path, wrong: str, right: str) -> None:
    path, asked = data(tmp_path, "")
    around = path.read_text("utf-8") + "\n# ä Actve titel\n" + ANN + "\t{}  # kept Actve \n\n"
    path.write_bytes(b"\xef\xbb\xbf" + around.format(wrong).replace("\n", "\r\n").encode())
    done = cartkg(tmp_path, "fix", *asked)
    assert path.read_bytes() == b"\xef\xbb\xbf" + around.format(right).replace("\n", "\r\n").encode(), done
    assert done.returncode == 0
    assert "1 fixed" in done.stdout
    again = path.read_bytes()
    assert cartkg(tmp_path, "fix", *asked).stdout.startswith("0 fixed")
    assert path.read_bytes() == again


@pytest.mark.parametrize(
    "text",
    [
        "ex:b a ex:Book ; ex:status ex:grade2 .",  # a digit is not a slip
        'ex:b a ex:Book ; ex:status "closng" .',  # only with a language tag is it near
        'ex:b a ex:Book ; ex:nime "x" .',  # SPARQL of the shapes asks for it
        'ex:c ex:nime "x" .',
        'ex:c ex:titel "x" . ex:titel a rdf:Property .',  # the data declare it
        "ex:c a ex:Boook . ex:Boook a owl:Class .",
        "ex:Actve a ex:Thing . ex:b a ex:Book ; ex:author ex:Actve .",
        'ex:b <http://example.org/other/titel> "x" .',  # another namespace
        "ex:c a <http://xmlns.com/foaf/0.1/Person> .",
    ],
)
def test_what_may_be_right_stays(tmp_path: Path, text: str) -> None:
    path, asked = data(tmp_path, RDF + ANN + text)
    before = path.read_bytes()
    done = cartkg(tmp_path, "fix", *asked)
    assert done.stdout.startswith("0 fixed, "), done
    assert "left" not in done.stdout
    assert path.read_bytes() == before


def test_a_term_of_a_published_vocabulary_is_no_slip(tmp_path: Path) -> None:
    shapes = (
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path <http://purl.org/dc/terms/createt> ; sh:minCount 0 ] ."
    )
    path, asked = data(tmp_path, 'ex:a ex:p 1 ; <http://purl.org/dc/terms/created> "x" .', shapes)
    before = path.read_bytes()
    assert cartkg(tmp_path, "fix", *asked).stdout.startswith("0 fixed, ")
    assert path.read_bytes() == before


def test_the_ontology_declares_terms(tmp_path: Path) -> None:
    path, asked = data(tmp_path, 'ex:c a ex:Journl ; ex:isnn "x" ; ex:editor "x" .')
    foreign(
        tmp_path / "o.ttl", "ex:Journal a owl:Class . ex:issn a owl:DatatypeProperty . ex:editors ex:note ex:editor ."
    )
    done = cartkg(tmp_path, "fix", *asked, "--ontology", "o.ttl")
    assert "2 fixed" in done.stdout, done
    assert path.read_text("utf-8").endswith('ex:c a ex:Journal ; ex:issn "x" ; ex:editor "x" .')


def test_what_may_mean_two_things_is_listed_and_stays(tmp_path: Path) -> None:
    path, asked = data(tmp_path, "ex:b a ex:Book ; ex:status ex:Reder .")
    before = path.read_bytes()
    done = cartkg(tmp_path, "fix", *asked)
    assert done.stdout.splitlines() == [
        "d.ttl:4:28: left; did you mean `ex:Reader` or `ex:Render`?",
        "0 fixed, 1 left, 1 diagnostics before",
    ]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "meant"), [('ex:c ex:authors "x" .', "ex:author"), ("ex:c a ex:Persons .", "ex:Person")]
)
def test_a_name_in_another_number_is_listed_and_stays(tmp_path: Path, text: str, meant: str) -> None:
    path, asked = data(tmp_path, text)
    before = path.read_bytes()
    assert f"left; did you mean `{meant}`?\n0 fixed, 1 left" in cartkg(tmp_path, "fix", *asked).stdout
    assert path.read_bytes() == before


def test_a_file_that_is_not_turtle_is_listed_and_stays(tmp_path: Path) -> None:
    _, asked = data(tmp_path, "")
    path = tmp_path / "d.nq"
    path.write_text(
        "<http://example.org/b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/Boook> .\n"
    )
    before = path.read_bytes()
    done = cartkg(tmp_path, "fix", *asked, "d.nq")
    assert done.stdout.splitlines()[0] == "d.nq:1:1: left; did you mean `<http://example.org/Book>`?"
    assert path.read_bytes() == before


def test_a_diff_can_be_applied_and_writes_nothing(tmp_path: Path) -> None:
    path, asked = data(tmp_path, "ex:b a ex:Book ;\n ex:status ex:Actve .")
    before = path.read_text("utf-8")
    done = cartkg(tmp_path, "fix", *asked, "--diff")
    assert path.read_text("utf-8") == before
    assert "1 to fix" in done.stderr
    command = ("git", "apply", "--unsafe-paths", "-")
    subprocess.run(command, cwd=tmp_path, input=done.stdout, text=True, check=True)
    assert path.read_text("utf-8") == before.replace("Actve", "Active")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path, asked = data(tmp_path, "ex:b a ex:Book ; ex:status ex:Actve .")
    before = path.read_bytes()
    assert "d.ttl:4:28: ex:Actve -> ex:Active\n1 to fix" in cartkg(tmp_path, "fix", *asked, "--dry-run").stdout
    assert path.read_bytes() == before


def test_the_settings_of_a_repository_are_taken(tmp_path: Path) -> None:
    path, _ = data(tmp_path, "ex:b a ex:Book ; ex:status ex:Actve .")
    assert cartkg(tmp_path, "fix").returncode == 2
    (tmp_path / "cartkg.toml").write_text('[check]\nshapes = ["s.ttl"]\ndata = ["d.ttl"]\n')
    assert cartkg(tmp_path, "fix").stdout.splitlines()[-1] == "1 fixed, 1 diagnostics before"
    assert "ex:Active" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ex:b a ex:Book ; ex:status ex:Actve .", "did you mean ex:Active?"),
        ('ex:b a ex:Book ; ex:titel "x" .', "did you mean ex:title?"),
        ("ex:b a ex:Book ; ex:author ex:anabel .", "did you mean ex:annabel?"),
        ("ex:b a ex:Book ; ex:author ex:c . ex:c a ex:Persom .", "its class is ex:Persom, did you mean ex:Person?"),
    ],
)
def test_messages_of_a_check_say_what_was_probably_meant(tmp_path: Path, text: str, said: str) -> None:
    _, asked = data(tmp_path, ANN + text)
    assert said in cartkg(tmp_path, "check", *asked).stdout


def test_messages_of_a_check_guess_nothing_where_nothing_is_near(tmp_path: Path) -> None:
    _, asked = data(tmp_path, ANN + "ex:b a ex:Book ; ex:author ex:c, ex:zoe . ex:c a ex:Thing .")
    assert "did you mean" not in cartkg(tmp_path, "check", *asked).stdout
