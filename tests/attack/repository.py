"""Attacks on who checks a repository: files of a pull request that want to reach out, to hang or to take all memory.

Each puts files into a small, clean project and says which diagnostics a check must give, and that it gives the others
too: one that breaks a rule honestly lies beside each.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Where the address of a listener is to stand that must not hear anything.
LISTENER = "http://127.0.0.1:{port}/leak"
CARTKG = "https://w3id.org/cartkg/"
_CHECK = "queries/checks/hostile-violation.rq"
_QUESTION = "queries/hostile.rq"
_RULE = "ontology/rules/hostile.rq"
_SHAPE = "shapes/hostile.ttl"
_HEADER = "#+ title: A hostile check.\n#+ description: It is up to no good.\n"
_ASKED = (
    "#+ title: What for?\n#+ description: No good.\n#+ answers: x: a thing\n#+ how-to-read: Do not.\n"
    "#+ asked-by: systematic-reviewer\n#+ tags: hostile\n"
)
_DEEP = "UNION".join(["{}"] * 30_000)
_SELECT = 'SELECT ?subject ?message { BIND(<x:s> AS ?subject) BIND("m" AS ?message) %s }'
_MANY = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(9))
_PREFIXES = f"""@prefix cartkg: <{CARTKG}ontology#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shapes: <{CARTKG}shapes#> .
"""


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile file, and where the diagnostic about it must be.

    Attributes:
        name: what it tries.
        file: where it is put in the project.
        text: what it holds; `{port}` becomes that of the listener.
        line: of the diagnostic.
        rule: of the diagnostic.
    """

    name: str
    file: str
    text: str
    line: int
    rule: str


def _check(name: str, pattern: str, line: int = 3, rule: str = "query-stopped", tail: str = "") -> Attack:
    return Attack(f"check: {name}", _CHECK, _HEADER + _SELECT % pattern + tail, line, rule)


def _rule(name: str, body: str, line: int = 1, rule: str = "query-stopped") -> Attack:
    return Attack(f"rule: {name}", _RULE, f"#+ title: A hostile rule.\n{body}", line, rule)


def _shape(name: str, constraint: str, line: int, rule: str = "query-stopped") -> Attack:
    node = f"shapes:Hostile a sh:NodeShape ; sh:targetClass cartkg:Finding ;\n    {constraint} .\n"
    return Attack(f"shape: {name}", _SHAPE, _PREFIXES + node, line, rule)


def _selecting(pattern: str) -> str:
    return f'sh:sparql [ sh:select "SELECT $this {{ $this a ?kind . {pattern} }}" ]'


CHECKS = (
    _check("SERVICE", f"\nSERVICE <{LISTENER}> {{ ?s ?p ?o }}", 4, "query-syntax"),
    _check("SERVICE SILENT", f"\n\nSERVICE SILENT <{LISTENER}> {{ ?s ?p ?o }}", 5, "query-syntax"),
    _check("SERVICE in escapes", f"\n\\u0053\\u0045RVICE <{LISTENER}> {{}}", 4, "query-syntax"),
    _check("SERVICE at a variable", f"BIND(<{LISTENER}> AS ?at)\nSERVICE ?at {{ ?s ?p ?o }}", 4, "query-syntax"),
    Attack(
        "check: FROM",
        _CHECK,
        f"{_HEADER}SELECT ?subject ?message\nFROM <{LISTENER}>\n" + _SELECT[24:] % "",
        4,
        "query-syntax",
    ),
    Attack("check: LOAD", _CHECK, f"{_HEADER}LOAD <{LISTENER}>", 3, "query-syntax"),
    _check("endless", f"{{ SELECT (COUNT(*) AS ?n) {{ {_MANY} }} }}", 1),
    _check("all memory", f"{{ SELECT * {{ {_MANY} }} ORDER BY ?a0 ?c8 }}", 1),
    _check("an answer without end", _MANY, 1),
    _check("deeper than the parser's stack", _DEEP, 1),
    _check("brackets", "{" * 250 + "}" * 250, 3, "query-syntax"),
    _check("a path without end", "?x (!<x:a>|!^<x:b>)*/(!<x:a>|!^<x:b>)*/(!<x:c>)* ?y . " + _MANY, 1),
    _check("an unknown function", "BIND(<x:run>('id') AS ?x)", 1, "query-syntax"),
)
QUESTIONS = (
    Attack(
        "question: SERVICE",
        _QUESTION,
        f"{_ASKED}SELECT ?x {{\nSERVICE <{LISTENER}> {{ ?x ?y ?z }} }}",
        8,
        "query-syntax",
    ),
    Attack("question: FROM", _QUESTION, f"{_ASKED}SELECT ?x\nFROM <{LISTENER}> {{ ?x ?y ?z }}", 8, "query-syntax"),
    Attack("question: an update", _QUESTION, f"{_ASKED}LOAD <{LISTENER}>", 7, "query-syntax"),
    Attack("question: deeper than the parser's stack", _QUESTION, f"{_ASKED}ASK {{ {_DEEP} }}", 1, "query-stopped"),
)
RULES = (
    _rule("SERVICE", f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{\n SERVICE <{LISTENER}> {{ ?s ?p ?o }} }}", 3, "query-syntax"),
    _rule("endless", f"CONSTRUCT {{ <x:s> <x:p> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {_MANY} }} }}"),
    _rule("conclusions without end", f"CONSTRUCT {{ ?a0 ?b1 ?c2 }} WHERE {{ {_MANY} }}"),
    _rule("deeper than the parser's stack", "CONSTRUCT {} WHERE {" + _DEEP + "}"),
)
PATTERNS = (
    _shape("SERVICE", _selecting(f"SERVICE <{LISTENER}> {{ ?s ?p ?o }}"), 5, ""),
    _shape("endless SPARQL", _selecting(_MANY), 5),
    _shape(
        "a pattern that only steps back matches",
        'sh:property [ sh:path cartkg:doi ; sh:pattern "^(?=(a+)+$)(a+)+$" ]',
        5,
    ),
)
