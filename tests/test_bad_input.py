"""Files as people really have them: each diagnostic at its line and column, all files looked at, no traceback ever.

Where a diagnostic is expected stands in the text itself: the mark `¦` is before the place and is taken out before the
file is written; lines and columns are counted here, by hand of the test, not by the code under test.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.validating import validate_files

PREFIXES = """@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#: A person has a name, and an age that is a whole number.
SHAPES = """@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:S sh:targetClass ex:P ; sh:property ex:S-name, ex:S-age .
ex:S-name sh:path ex:name ; sh:minCount 1 ; sh:message "name" .
ex:S-age sh:path ex:age ; sh:datatype xsd:integer ; sh:message "age" .
"""
#: Text of a file by what is odd in it; an ending other than .ttl stands before a colon.
FILES = {
    "nothing": "",
    "blank lines only": "\n\n \t\n",
    "comments only": "# one\n# two",
    "nodes in nodes": f"{PREFIXES}¦[] a ex:P ; ex:name 1 ; ex:k [ ex:x ( 1 ¦[ a ex:P ; ex:age ¦'x' ] ) ] .\n".replace(
        "¦[] a", "[] a"
    ),
    "several subjects a line": f"{PREFIXES}¦ex:a a ex:P. ex:b a ex:P; ex:name 'b'. ¦ex:c a ex:P; ex:age ¦'c', 2, ¦'d'.",
    "a prefix that changes": f"""{PREFIXES}¦ex:r a ex:P .
@prefix ex: <http://example.org/other#> .
¦ex:r a <http://example.org/P> .
PREFIX ex: <http://example.org/>\n¦ex:r2 a ex:P ; ex:age ¦'x' .\n""",
    "a base that changes": f"""{PREFIXES}@base <http://example.org/one/> .\n¦<x> a ex:P .
BASE <http://example.org/two/>\n¦<x> a ex:P . ¦<#f> a ex:P. ¦<> a ex:P .\n""",
    "a relative base": f"{PREFIXES}@base <http://example.org/one/> . @base <../two/> .\n¦<x> a ex:P .\n",
    "long strings": f"{PREFIXES}¦ex:l ex:note "
    '''"""a\n ex:l a ex:P .\n# no\n""" ; a ex:P ; ex:age ¦"""x\ny""" , '''
    """¦'''"''' .\n""",
    "a string with brackets and marks": f"{PREFIXES}¦ex:l ex:note '[ ( <<' ; a ex:P ; ex:age ¦'] . # ;' , ¦\"}}\" .\n",
    "escapes": f"""{PREFIXES}¦<http://example.org/\\u0061bc> a ex:P .
¦ex:é a ex:P . ¦ex:a\\,b a ex:P . ¦ex:%41 a ex:P .
¦<http://example.org/\\U0001F600> a ex:P ; ex:age ¦"\\u0022\\t" .\n""",
    "letters beyond the first plane": f"{PREFIXES}¦ex:n ex:note '😀é' , 'ü' ; a ex:P ; ex:age ¦'😀' , ¦'é' .\n",
    "the letter a everywhere": f"""{PREFIXES}@prefix a: <http://example.org/a#> .
¦a:a a a:a, ex:P . ¦ex:aa a ex:P;a ex:Q;;a ex:R;.
¦[]a ex:P. ¦ex:z.1 a ex:P.\n""",
    "numbers": f"{PREFIXES}¦ex:n a ex:P ; ex:age ¦1.5, ¦1e0, ¦.5, -1, ¦true, 01 .\n",
    "languages and datatypes": f"{PREFIXES}¦ex:g a ex:P ; ex:age ¦'x'@en-GB, ¦'y'^^ex:dt, ¦'z'^^xsd:integer , 7 .\n",
    "lists": f"{PREFIXES}( 1 2 ) ex:of () . ¦ex:l ex:k ( ex:a ( ¦[ a ex:P ] ) ) ; a ex:P .\n",
    "a list as subject": f"{PREFIXES}( ¦1 2 ) a ex:P ; ex:age ¦'x' .\n",
    "labels": f"{PREFIXES}¦_:x a ex:P . ¦_:y.z a ex:P ; ex:age ¦'x' . _:x ex:age ¦'w' .\n",
    "a node without a predicate behind it": f"{PREFIXES}¦[ a ex:P ] . [ a ex:Q ] .\n",
    "annotations": f"""{PREFIXES}¦ex:s a ex:P {{| ex:by ex:x |}} .
<< ex:u a ex:P ~¦ex:rr >> ex:age ¦'x' . ex:rr a ex:P .\n""",
    "named graphs": f""".trig:{PREFIXES}ex:g {{ ¦ex:g a ex:P ; ex:age ¦'x' . }}\nGRAPH ex:h {{ ¦ex:h a ex:P }}
{{ ¦ex:d a ex:P }} [] {{ ¦ex:b a ex:P }} _:g {{ ¦[ a ex:P ] ex:q 1 }}""",
    "plain triples": f".nt:¦<http://example.org/nt> {TYPE} <http://example.org/P> .\n"
    f"¦_:b {TYPE} <http://example.org/P> . # and a comment\n",
    "the same thing said twice": f"{PREFIXES}¦ex:a a ex:P . ex:a a ex:P ; ex:age ¦'x' . ex:a ex:age 'x' .\n",
    "no space at all": f"{PREFIXES}¦ex:a a<http://example.org/P>;ex:age¦'x',¦\"y\",1 .¦ex:b a ex:P.",
}


def expected(text: str) -> list[tuple[int, int]]:
    """Count the places of the marks; any of LF, CRLF and CR ends a line."""
    places = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        parts = line.split("¦")
        places += [(number, sum(map(len, parts[:index])) + 1) for index in range(1, len(parts))]
    return places


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte-order mark"])
@pytest.mark.parametrize("name", FILES)
def test_findings_stand_where_the_faults_are(tmp_path: Path, name: str, mark: bytes, end: str) -> None:
    ending, _, rest = FILES[name].partition(":") if FILES[name].startswith(".") else (".ttl", ":", FILES[name])
    text = rest.replace("\n", end)
    data, shapes = tmp_path / f"data{ending}", tmp_path / "shapes.ttl"
    data.write_bytes(mark + text.replace("¦", "").encode())
    shapes.write_text(SHAPES, "utf-8")
    found = validate_files([data], [shapes]).diagnostics
    assert [(diagnostic.line, diagnostic.column) for diagnostic in found] == expected(text)


#: Files that do not parse: the mark stands where the parser stumbles.
BROKEN = {
    "an undeclared prefix": f"{PREFIXES}ex:e a ex:P ;\n  ex:é '😀' ;\n  ex:p ¦foo:bar .\n",
    "a string without end": f'{PREFIXES}ex:e a ex:P ;\n  ex:name ¦"unclosed\n .\n',
    "a statement without end": f"{PREFIXES}ex:e a ex:P ;\n  ex:name 'x'\n¦",
    "a dot too early": f"{PREFIXES}ex:dot¦. a ex:P .\n",
    "a graph without end": f".trig:{PREFIXES}ex:g {{ ex:bt a ex:P \n¦",
    "a prefix in plain triples": ".nt:¦@prefix ex: <http://example.org/> .\n",
    "a bracket too many": f"{PREFIXES}ex:e ex:p [ ex:q 1 ]¦] .\n",
    "ten thousand brackets without end": f"{PREFIXES}ex:e ex:p {'[ ' * 10_000}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_one_finding_where_it_breaks_and_the_others_are_checked(tmp_path: Path, name: str) -> None:
    ending, _, rest = BROKEN[name].partition(":") if BROKEN[name].startswith(".") else (".ttl", ":", BROKEN[name])
    data, other, shapes = tmp_path / f"data{ending}", tmp_path / "other.ttl", tmp_path / "shapes.ttl"
    data.write_text(rest.replace("¦", ""), "utf-8")
    other.write_text(f"{PREFIXES}ex:well a ex:P .\n", "utf-8")
    shapes.write_text(SHAPES, "utf-8")
    found = [
        (each.file, each.rule, each.line, each.column) for each in validate_files([data, other], [shapes]).diagnostics
    ]
    assert found[1:] == [(other, "S-name", 3, 1)]
    (place,) = expected(rest) or [(found[0][2], found[0][3])]
    assert found[0] == (data, "syntax", *place)


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cartkg", "check", "--shapes", "shapes.ttl", *arguments],
        cwd=folder,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
        errors="surrogateescape",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shapes.ttl").write_text(SHAPES, "utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "well.ttl").write_text(f"{PREFIXES}ex:well a ex:P .\n", "utf-8")
    return tmp_path


def test_odd_things_in_a_folder_are_named_and_the_rest_is_checked(folder: Path) -> None:
    data = folder / "data"
    (data / "folder.ttl").mkdir()
    (data / "sub folder ü").mkdir()
    (data / "sub folder ü" / "loop").symlink_to(data)
    (data / "sub folder ü" / "a b.ttl").write_text(f"{PREFIXES}ex:far a ex:P .\n", "utf-8")
    (data / "nowhere.ttl").symlink_to(folder / "gone.ttl")
    (data / "circle.ttl").symlink_to("circle.ttl")
    os.mkfifo(data / "pipe.ttl")
    (data / "garbage.ttl").write_bytes(bytes(range(256)) * 20)
    (data / "zeros.ttl").write_bytes(bytes(1000))
    (data / "utf-16.ttl").write_bytes(f"{PREFIXES}ex:x a ex:P .".encode("utf-16"))
    (data / "latin.ttl").write_bytes(f"{PREFIXES}ex:x ex:note 'caf".encode() + b"\xe9' .\n")
    Path(os.fsdecode(os.fsencode(data) + b"/\xff.ttl")).write_text(f"{PREFIXES}ex:name a ex:P .\n", "utf-8")
    done = run(folder, "data", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    found = {
        (each["file"], each["line"], each["column"], each["rule"]) for each in json.loads(done.stdout)["diagnostics"]
    }
    assert found == {
        ("data/\\xff.ttl", 3, 1, "S-name"),
        ("data/circle.ttl", None, None, "unreadable"),
        ("data/garbage.ttl", 3, 115, "encoding"),  # 0x80, after one LF and one CR
        ("data/latin.ttl", 3, 18, "encoding"),
        ("data/nowhere.ttl", None, None, "unreadable"),
        ("data/pipe.ttl", None, None, "file-kind"),
        ("data/sub folder ü/a b.ttl", 3, 1, "S-name"),
        ("data/utf-16.ttl", 1, 1, "encoding"),
        ("data/well.ttl", 3, 1, "S-name"),
        ("data/zeros.ttl", 1, 1, "syntax"),
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_file_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "data" / "secret.ttl").write_text(PREFIXES, "utf-8")
    (folder / "data" / "secret.ttl").chmod(0)
    done = run(folder, "data")
    assert "data/secret.ttl: error unreadable: cannot be read: Permission denied" in done.stdout


@pytest.mark.whole
def test_deep_nodes_and_long_lists_have_their_places(folder: Path) -> None:
    (folder / "data" / "well.ttl").unlink()
    deep = f"{PREFIXES}¦ex:deep a ex:P ; ex:k {'[ ex:k ' * 10_000}¦[ a ex:P ]{' ]' * 10_000} .\n"
    long = f"{PREFIXES}[] ex:k ( {'1 ' * 50_000}¦[ a ex:P ] ) .\n[] ex:k ( {'1 ' * 50_000}¦[ a ex:P ] ) .\n"
    for name, text in (("deep", deep), ("long", long)):
        (folder / "data" / f"{name}.ttl").write_text(text.replace("¦", ""), "utf-8")
    done = run(folder, "data", "--format", "json")
    found = [(each["file"], each["line"], each["column"]) for each in json.loads(done.stdout)["diagnostics"]]
    assert found == [
        *(("data/deep.ttl", line, column) for line, column in expected(deep)),
        *(("data/long.ttl", line, column) for line, column in expected(long)),
    ]


@pytest.mark.whole
def test_a_thousand_files_and_one_of_fifty_megabytes(folder: Path) -> None:
    for number in range(1000):
        (folder / "data" / f"{number}.ttl").write_text(f"{PREFIXES}ex:n{number} a ex:P ; ex:name 'x' .\n", "utf-8")
    row = "ex:big{0} a ex:P ;\n    ex:name 'a name that is as long as they are' ;\n    ex:age {0} .\n"
    count = 50_000_000 // len(row.format(100_000))
    text = PREFIXES + "".join(row.format(number) for number in range(count))
    text = text.replace("ex:age 7777 .", "ex:age ¦'7777' .")
    (folder / "data" / "big.ttl").write_text(text.replace("¦", ""), "utf-8")
    assert (folder / "data" / "big.ttl").stat().st_size > 45_000_000
    begun = time.process_time()
    done = run(folder, "data", "--format", "json")
    told = json.loads(done.stdout)
    assert [(each["file"], each["line"], each["column"]) for each in told["diagnostics"]] == [
        ("data/big.ttl", *expected(text)[0]),
        ("data/well.ttl", 3, 1),
    ]
    assert len(told["files"]) == 1002
    assert time.process_time() - begun < 60


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("no-such.ttl",), 3, "no-such.ttl: no such file or folder"),
        (("shapes.txt",), 3, "is of an unknown format"),
        (("empty",), 3, "is empty"),
        ((), 3, "name the files or folders"),
        (("data", "--only", "nonsense"), 2, "--only"),
        (("data", "--fail-on", "never"), 2, "--fail-on"),
        (("data", "--baseline", "no-such.json"), 3, "no-such.json: cannot be read"),
        (("data", "--changed", "HEAD"), 3, "--changed"),
    ],
)
def test_wrong_calls_say_what_is_wrong(folder: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    (folder / "empty").mkdir()
    (folder / "shapes.txt").write_text("", "utf-8")
    done = run(folder, *arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("severity", "fails"),
    [("Violation", {"error", "warning", "info"}), ("Warning", {"warning", "info"}), ("Info", {"info"})],
)
def test_fail_on_sets_the_mildest_severity_that_fails(folder: Path, severity: str, fails: set[str]) -> None:
    (folder / "shapes.ttl").write_text(SHAPES.replace('"name" .', f'"name" ; sh:severity sh:{severity} .'), "utf-8")
    assert {
        level for level in ("error", "warning", "info") if run(folder, "data", "--fail-on", level).returncode
    } == fails
