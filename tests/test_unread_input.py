"""Nothing that was asked for goes unread and untold: syntaxes, links, imports, regimes, terms, faults of shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from rdflib import Graph
from tests.command import PREFIXES, cartkg, foreign
from tests.test_add import copied

if TYPE_CHECKING:
    from pathlib import Path

KIND = "ex:K a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .\n"
GOOD, BAD = "ex:a a ex:C ; ex:p 1 .", "ex:a a ex:C ."


UNSUPPORTED = {
    "an entailment regime": ("<> sh:entailment <http://www.w3.org/ns/entailment/RDFS> .", "entailment regime"),
    "an import": ("<> owl:imports <http://example.org/other> .", "was not read"),
    "an untyped shape of SHACL 1.2": ("ex:S sh:targetWhere [ sh:class ex:C ] .", "SHACL 1.2"),
    "a property shape of SHACL 1.2": ("ex:S a sh:PropertyShape ; sh:path ex:p ; sh:singleLine true .", "SHACL 1.2"),
    "an advanced target": ("ex:S sh:target [ sh:select 'x' ] .", "--engine pyshacl"),
    "a rule": ("ex:S a sh:NodeShape ; sh:rule [ sh:construct 'x' ] .", "--engine pyshacl"),
    "JavaScript": ("ex:S sh:targetClass ex:C ; sh:js [ sh:jsFunctionName 'f' ] .", "remove it"),
    "a term in other capitals": ("ex:S sh:targetClass ex:C ; sh:nodekind sh:IRI .", "did you mean sh:nodeKind?"),
    "an old term": ("ex:S sh:targetClass ex:C ; sh:shape ex:K .", "did you mean sh:node?"),
}


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_shapes_with_what_is_not_evaluated_never_pass(what: str, tmp_path: Path) -> None:
    text, told = UNSUPPORTED[what]
    shapes, data = foreign(tmp_path / "s.ttl", KIND + text), foreign(tmp_path / "d.ttl", GOOD)
    done = cartkg(tmp_path, "check", "--shapes", shapes, data)
    assert done.returncode == 3
    assert told in done.stdout
    assert "s.ttl:5:1: error shape-faulty: " in done.stdout


@pytest.mark.whole
@pytest.mark.parametrize("what", ["an entailment regime", "an import", "a property shape of SHACL 1.2", "JavaScript"])
def test_pyshacl_does_not_pass_them_either(what: str, tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", KIND + UNSUPPORTED[what][0]), foreign(tmp_path / "d.ttl", GOOD)
    done = cartkg(tmp_path, "check", "--engine", "pyshacl", "--shapes", shapes, data)
    assert done.returncode == 3
    assert UNSUPPORTED[what][1] in done.stdout


@pytest.mark.whole
def test_advanced_targets_are_evaluated_by_pyshacl(tmp_path: Path) -> None:
    target = "ex:T a sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ; sh:target [ a sh:SPARQLTarget ; "
    target += "sh:select 'SELECT ?this { ?this a <http://example.org/C> }' ] ."
    shapes, data = foreign(tmp_path / "s.ttl", target), foreign(tmp_path / "d.ttl", GOOD)
    done = cartkg(tmp_path, "check", "--engine", "pyshacl", "--shapes", shapes, data)
    assert (done.returncode, done.stdout.count("T/q")) == (1, 1)


def test_import_that_is_given_as_a_file_is_read(tmp_path: Path) -> None:
    one = foreign(tmp_path / "s.ttl", f"{KIND}<> owl:imports <http://example.org/other> .")
    other = foreign(tmp_path / "o.ttl", "<http://example.org/other> a owl:Ontology .")
    done = cartkg(tmp_path, "check", "--shapes", one, "--shapes", other, foreign(tmp_path / "d.ttl", GOOD))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("data",), ("--only", "shapes", "data/broken.ttl")])
def test_folder_without_project_and_shapes_is_a_usage_error(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.ttl").write_text("not Turtle", "utf-8")
    done = cartkg(tmp_path, "check", *arguments)
    assert done.returncode == 2
    assert "not part of a project" in done.stderr


UNREAD = ("d.TTL", "d.ttl.gz", "d.nt.bz2", "d.trix", "d.yamlld", "d.ofn")


@pytest.mark.parametrize("name", UNREAD)
def test_file_of_a_folder_that_is_not_read_is_named_and_fails(name: str, tmp_path: Path) -> None:
    foreign(tmp_path / "data" / "a.ttl", GOOD)
    (tmp_path / "data" / name).write_bytes(b"any")
    done = cartkg(tmp_path, "check", "--shapes", foreign(tmp_path / "s.ttl", KIND), "data")
    assert done.returncode == 1
    assert f"data/{name}: error file-not-read: was not read" in done.stdout


def test_rdf_under_endings_that_others_share_is_named_and_other_files_are_not(tmp_path: Path) -> None:
    foreign(tmp_path / "data" / "a.ttl", GOOD)
    (tmp_path / "data" / "rdf.json").write_text('{"@context": {}, "@id": "x:y"}', "utf-8")
    (tmp_path / "data" / "plain.json").write_text('{"name": "x"}', "utf-8")
    (tmp_path / "data" / "README.md").write_text("read me", "utf-8")
    done = cartkg(tmp_path, "check", "--shapes", foreign(tmp_path / "s.ttl", KIND), "data")
    assert (done.returncode, done.stdout.count("file-not-read")) == (1, 1)


def test_linked_folder_is_named(tmp_path: Path) -> None:
    foreign(tmp_path / "elsewhere" / "b.ttl", BAD)
    foreign(tmp_path / "data" / "a.ttl", GOOD)
    (tmp_path / "data" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    done = cartkg(tmp_path, "check", "--shapes", foreign(tmp_path / "s.ttl", KIND), "data")
    assert done.returncode == 1
    assert "data/more: error file-not-read: is a symbolic link to a folder" in done.stdout


def in_syntax(ending: str, text: str) -> bytes:
    """Write the same graph in another syntax, by the tools that people use."""
    quads = list(ox.parse(PREFIXES + text, ox.RdfFormat.TURTLE))
    if ending == "hext":
        return Graph().parse(data=PREFIXES + text, format="turtle").serialize(format="hext").encode()
    forms = {"rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD, "nq": ox.RdfFormat.N_QUADS}
    forms |= {"nt": ox.RdfFormat.N_TRIPLES, "n3": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG}
    forms |= {"owl": ox.RdfFormat.RDF_XML, "ttl": ox.RdfFormat.TURTLE}
    return ox.serialize(quads, format=forms[ending]) or b""


NESTED = "ex:a a ex:C ; ex:q [ a ex:C ] .\nex:b a ex:C ; ex:p 1 ."


@pytest.mark.parametrize("ending", ["ttl", "trig", "nt", "nq", "rdf", "owl", "jsonld", "n3", "hext"])
def test_every_syntax_is_read_for_data_and_shapes(ending: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"d.{ending}").write_bytes(in_syntax(ending, NESTED))
    (tmp_path / f"s.{ending}").write_bytes(in_syntax(ending, KIND))
    done = cartkg(tmp_path, "check", "--shapes", f"s.{ending}", "--format", "json", "data")
    found = json.loads(done.stdout)["diagnostics"]
    assert (done.returncode, len(found)) == (1, 2), done.stderr
    assert all(each["rule"] == "K/p" and each["file"] == f"data/d.{ending}" for each in found)
    lines = [each["line"] for each in found]
    assert all(lines) if ending not in {"jsonld", "hext"} else not any(lines)


def test_lines_of_quads_and_xml_are_those_of_the_file(tmp_path: Path) -> None:
    quads = "# first\n\n<http://example.org/a> <http://example.org/r> <http://example.org/C> <http://example.org/g> .\n"
    quads += "<http://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/C> .\n"
    (tmp_path / "d.nq").write_text(quads, "utf-8")
    xml = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">\n'
    xml += '<ex:D rdf:about="http://example.org/x"/>\n<ex:D\n rdf:about="http://example.org/y">\n'
    xml += "<ex:r>1</ex:r>\n<ex:p>x</ex:p></ex:D></rdf:RDF>"
    (tmp_path / "d.rdf").write_text(xml, "utf-8")
    shape = "ex:D a sh:NodeShape, owl:Class ; sh:property [ sh:path ex:p ; sh:nodeKind sh:IRI ] ."
    done = cartkg(tmp_path, "check", "--shapes", foreign(tmp_path / "s.ttl", KIND + shape), "d.nq", "d.rdf")
    assert "d.nq:3:1: error K/p" in done.stdout
    assert "d.rdf:6:1: error D/p" in done.stdout


def test_remote_context_is_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "d.jsonld").write_text('{"@context": "https://example.org/c.jsonld", "@id": "x:y"}', "utf-8")
    done = cartkg(tmp_path, "check", "--shapes", foreign(tmp_path / "s.ttl", KIND), "d.jsonld")
    assert done.returncode == 1
    assert "remote @context" in done.stdout


FAULTS = """ex:F a sh:NodeShape ; sh:targetClass ex:C ;
 sh:property [ sh:path ex:p ; sh:Class ex:D ] ;
 sh:property [ sh:path ex:q ; sh:minCount "one" ] ;
 sh:property [ sh:path ex:r ; sh:minCount 1 ] ;
 sh:sparql [ sh:select "SELECT nothing" ] .
"""


def test_all_faults_of_shapes_are_told_and_the_rest_is_evaluated(tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", FAULTS), foreign(tmp_path / "d.ttl", GOOD)
    done = cartkg(tmp_path, "check", "--shapes", shapes, "--output", "sarif=out.sarif", data)
    lines = [line.partition(": ")[0] for line in done.stdout.splitlines() if "shape-faulty" in line]
    assert (done.returncode, lines) == (3, ["s.ttl:5:1", "s.ttl:6:1", "s.ttl:8:1"])
    assert "F/r: r: needs at least 1 value" in done.stdout
    assert len(json.loads((tmp_path / "out.sarif").read_text("utf-8"))["runs"][0]["results"]) == 4


def test_faults_of_shapes_end_the_check_when_they_are_to(tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", FAULTS), foreign(tmp_path / "d.ttl", GOOD)
    done = cartkg(tmp_path, "check", "--strict-shapes", "--shapes", shapes, data)
    assert (done.returncode, done.stdout) == (3, "")


def test_known_faults_of_shapes_may_be_listed_in_a_baseline(tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", FAULTS), foreign(tmp_path / "d.ttl", GOOD)
    (tmp_path / "known.json").write_text(cartkg(tmp_path, "check", "--shapes", shapes, "--format", "json", data).stdout)
    done = cartkg(tmp_path, "check", "--shapes", shapes, "--baseline", "known.json", data)
    assert (done.returncode, done.stderr) == (0, "")


def test_recursion_is_a_fault_and_other_results_are_kept(tmp_path: Path) -> None:
    recursive = "ex:R sh:targetClass ex:C ; sh:property [ sh:path ex:s ; sh:node ex:R ] .\n"
    shapes = foreign(tmp_path / "s.ttl", KIND + recursive)
    done = cartkg(tmp_path, "check", "--shapes", shapes, foreign(tmp_path / "d.ttl", "ex:a a ex:C ; ex:s ex:a ."))
    assert done.returncode == 3
    assert "SHACL does not define recursion" in done.stdout
    assert "K/p: p: needs at least 1 value" in done.stdout


@pytest.mark.parametrize("prefix", ["ex", "xsd"])
def test_prefix_that_sparql_does_not_declare_is_taken_from_the_file_with_a_warning(prefix: str, tmp_path: Path) -> None:
    query = f"SELECT $this {{ $this a <http://example.org/C> FILTER(!EXISTS {{ $this {prefix}:p 1 }}) }}"
    shapes = foreign(tmp_path / "s.ttl", f"ex:S sh:targetClass ex:C ; sh:sparql [ sh:select '{query}' ] .")
    done = cartkg(tmp_path, "check", "--shapes", shapes, foreign(tmp_path / "d.ttl", BAD))
    assert done.returncode == 1
    assert f"warning shape-faulty: shape S/sparql: its SPARQL uses {prefix}: without sh:prefixes" in done.stdout
    assert "error S: " in done.stdout


def test_prefix_that_nobody_declares_is_the_reason_that_is_told(tmp_path: Path) -> None:
    query = "SELECT $this { $this nobody:p 1 }"
    shapes = foreign(tmp_path / "s.ttl", f"ex:S sh:targetClass ex:C ; sh:sparql [ sh:select '{query}' ] .")
    done = cartkg(tmp_path, "check", "--shapes", shapes, foreign(tmp_path / "d.ttl", BAD))
    assert done.returncode == 3
    assert "a prefix is not declared" in done.stdout


RDFXML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">{}</rdf:RDF>'
ENTITIES = '<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + RDFXML.format("<ex:C><ex:p>&b;</ex:p></ex:C>")
DEEP = RDFXML.format("<ex:C><ex:p>" * 3000 + "</ex:p></ex:C>" * 3000)
TERMS = ",".join(f'"t{n}":"http://example.org/t{n}"' for n in range(4000))
NODES = ",".join(f'{{"@context":{{"z":"http://example.org/z"}},"t{n}":1}}' for n in range(4000))
ENDLESS = {
    "entities": ("d.rdf", ENTITIES, "document type declaration"),
    "elements nested too deeply": ("d.owl", DEEP, "nested deeper than 2000"),
    "objects nested too deeply": (
        "d.jsonld",
        '{"http://example.org/p":' * 20_000 + "1" + "}" * 20_000,
        "nested too deeply",
    ),
    "contexts times contexts": (
        "d.jsonld",
        f'{{"@context":{{{TERMS}}},"@graph":[{NODES}]}}',
        "4001 contexts with 8000",
    ),
    "contexts in other letters": (
        "d.jsonld",
        f'{{"@context":{{{TERMS}}},"@graph":[{NODES}]}}'.replace("@context", "@\\u0063ontext"),
        "4001 contexts with 8000",
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_a_parser_would_take_without_end_is_refused_before_it(what: str, tmp_path: Path) -> None:
    name, text, told = ENDLESS[what]
    (tmp_path / name).write_text(text, "utf-8")
    shapes = foreign(tmp_path / "s.ttl", KIND)
    done = cartkg(tmp_path, "check", "--shapes", shapes, name)
    assert (done.returncode, done.stderr) == (1, "")
    assert told in done.stdout
    as_shapes = cartkg(tmp_path, "check", "--shapes", name, foreign(tmp_path / "d.ttl", GOOD))
    assert as_shapes.returncode == 3
    assert told in as_shapes.stdout + as_shapes.stderr


IMPORTING = """@prefix owl: <http://www.w3.org/2002/07/owl#> .

<http://example.org/mine>
    a owl:Ontology ;
    owl:imports <http://example.org/other> .
"""


@pytest.mark.parametrize("how", ["data", "ontology"])
def test_an_import_that_was_not_read_is_named_at_its_line(how: str, tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", KIND), foreign(tmp_path / "d.ttl", GOOD)
    (tmp_path / "m.ttl").write_text(IMPORTING, "utf-8")
    words = ["--ontology", "m.ttl", data] if how == "ontology" else [data, "m.ttl"]
    done = cartkg(tmp_path, "check", "--shapes", shapes, *words)
    assert done.returncode == 0
    assert "m.ttl:5:17: warning import-not-read: imports <http://example.org/other>, which was not read" in done.stdout


@pytest.mark.parametrize("name", ["http://example.org/other", "http://example.org/other#"])
def test_an_import_whose_file_is_given_is_not_named(name: str, tmp_path: Path) -> None:
    shapes, data = foreign(tmp_path / "s.ttl", KIND), foreign(tmp_path / "d.ttl", GOOD)
    (tmp_path / "m.ttl").write_text(IMPORTING, "utf-8")
    (tmp_path / "o.ttl").write_text(f"<{name}> a <http://www.w3.org/2002/07/owl#Ontology> .\n", "utf-8")
    done = cartkg(tmp_path, "check", "--shapes", shapes, "--ontology", "o.ttl", data, "m.ttl")
    assert (done.returncode, "import-not-read" in done.stdout) == (0, False)


def test_an_import_of_the_ontology_of_a_project_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    file = root / "ontology" / "cartkg.ttl"
    text = file.read_text("utf-8")
    line = next(line for line in text.splitlines() if "ontology/imports/" in line)
    file.write_text(text.replace(line, f"{line}\n        <http://example.org/upper> ,", 1), "utf-8")
    done = cartkg(root, "check", "--only", "syntax", "--format", "json")
    (found,) = json.loads(done.stdout)["diagnostics"]
    number = file.read_text("utf-8").splitlines().index("        <http://example.org/upper> ,") + 1
    assert (found["rule"], found["line"]) == ("import-not-read", number)
