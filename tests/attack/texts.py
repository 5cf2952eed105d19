"""Queries that hide a request, nest everything that nests, or grow without end, beside those of attacks.py."""

from __future__ import annotations

from tests.attack.attacks import doubling, join, nest

#: Ways to have a request sent; {url} is where nobody should come, {rest} the same without its scheme.
OUTGOING: dict[str, str] = {
    "SERVICE with every letter escaped": r"ASK { \u0053\u0045\u0052\u0056\u0049\u0043\u0045 <{url}> { ?s ?p ?o } }",
    "SERVICE with an escaped IRI": r"ASK { SERVICE \u003C{url}\u003E { ?s ?p ?o } }",
    "SERVICE with an escaped space": r"ASK { SERVICE\u0020<{url}> { ?s ?p ?o } }",
    "SERVICE with an escaped brace": r"ASK \u007B SERVICE <{url}> \u007B ?s ?p ?o \u007D \u007D",
    "SERVICE by an IRI without scheme": "BASE <http:> ASK { SERVICE <//{rest}> { ?s ?p ?o } }",
    "SERVICE by an empty IRI": "BASE <{url}> ASK { SERVICE <> { ?s ?p ?o } }",
    "SERVICE by the empty prefix": "PREFIX : <{url}> ASK { SERVICE : { ?s ?p ?o } }",
    "SERVICE by an escaped local name": r"PREFIX x: <{url}> ASK { SERVICE x:\~y { ?s ?p ?o } }",
    "SERVICE named like a prefix": "PREFIX SERVICE: <{url}> ASK { SERVICE SERVICE: { ?s ?p ?o } }",
    "SERVICE after a path": "ASK { ?s <x:a>/<x:b>|^<x:c> ?o SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after a number": "ASK { ?s ?p 1.SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after a tag": "ASK { ?s ?p 'x'@en.SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after a long string": "ASK { ?s ?p '''x''y\\'''' . SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE in each other": "ASK { SERVICE SILENT <x:y> { SERVICE <{url}> { ?s ?p ?o } } }",
    "SERVICE deep in subqueries": (
        "ASK { OPTIONAL { { SELECT * { FILTER NOT EXISTS { { SELECT * { SERVICE <{url}> {} } } } } } } }"
    ),
    "SERVICE in UNION": "ASK { { ?s ?p ?o } UNION { SERVICE SILENT <{url}> { ?s ?p ?o } } }",
    "SERVICE in HAVING": "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(EXISTS { SERVICE <{url}> { ?s ?p ?o } })",
    "SERVICE in BIND": "SELECT * { BIND(EXISTS { SERVICE <{url}> { ?s ?p ?o } } AS ?x) }",
    "SERVICE in SELECT": "SELECT (EXISTS { SERVICE <{url}> { ?s ?p ?o } } AS ?x) { }",
    "SERVICE in ORDER BY": "SELECT * { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <{url}> { ?s ?p ?o } })",
    "SERVICE with VALUES after all": "SELECT * { SERVICE ?w { ?s ?p ?o } } VALUES ?w { <{url}> }",
    "SERVICE by a name from the data": "SELECT * { ?s ?p ?w SERVICE SILENT ?w { ?a ?b ?c } } VALUES ?w { <{url}> }",
    "SERVICE after a form feed": "ASK {\x0cSERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after a byte order mark": "\ufeffASK { SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE to a file": "ASK { SERVICE <file:///etc/passwd> { ?s ?p ?o } }",
    "FROM by prefix": "PREFIX x: <{url}> SELECT * FROM x: { ?s ?p ?o }",
    "FROM by base": "BASE <{url}> SELECT * FROM <> FROM NAMED <y> { ?s ?p ?o GRAPH ?g { ?a ?b ?c } }",
    "FROM with an escape": r"SELECT * \u0046ROM <{url}> { ?s ?p ?o }",
    "LOAD after a query": "ASK {} ; LOAD <{url}>",
    "a function of an address": "SELECT (<{url}>(1) AS ?x) {}",
    "an entity of XML": "<!DOCTYPE x [<!ENTITY y SYSTEM '{url}'>]><x>&y;</x>",
}

#: Nesting and width of every other kind; each text stays below the limit of a query.
DEEP: dict[str, str] = {
    "nested OPTIONAL": "ASK " + nest("{ OPTIONAL ", "}", "{}", 8_000),
    "nested MINUS": "ASK " + nest("{ MINUS ", "}", "{}", 8_000),
    "nested GRAPH": "ASK " + nest("{ GRAPH ?g ", "}", "{}", 8_000),
    "nested NOT EXISTS": "ASK " + nest("{ FILTER NOT EXISTS ", "}", "{}", 6_000),
    "nested subqueries": "ASK " + nest("{ SELECT * ", "}", "{}", 8_000),
    "nested UNION": "ASK " + nest("{{} UNION ", "}", "{}", 8_000),
    "nested square brackets": "ASK { " + nest("[ <x:p> ", "]", "1", 8_000) + " <x:q> 1 }",
    "nested paths backwards": "ASK { ?s " + nest("^(", ")", "<x:p>", 8_000) + " ?o }",
    "nested stars": "ASK { ?s " + nest("(", ")*", "<x:p>", 8_000) + " ?o }",
    "nested negations": "ASK { FILTER(" + nest("!(", ")", "true", 8_000) + ") }",
    "nested COALESCE": "ASK { FILTER(" + nest("COALESCE(", ")", "1", 8_000) + ") }",
    "nested IN": "ASK { FILTER(" + nest("1 IN (", ")", "1", 8_000) + ") }",
    "nested triples": "ASK { " + nest("<<", ">>", " ?s ?p ?o ", 8_000) + " ?q ?r }",
    "nested triple terms": "ASK { ?s ?p " + nest("<<( <x:s> <x:p> ", " )>>", "1", 5_000) + " }",
    "a nested template": "CONSTRUCT { ?s ?p " + nest("[ ?p ", "]", "1", 8_000) + " } WHERE { ?s ?p ?o }",
    "a nested collection in a template": "CONSTRUCT { ?s ?p " + nest("(", ")", "1", 8_000) + " } WHERE { ?s ?p ?o }",
    "120 of each bracket": "ASK { FILTER(" + nest("(", ")", "true", 60) + ") " + nest("{", "}", "", 50) + " }",
    "20,000 alternatives": "ASK { ?s " + "|".join(["<x:p>"] * 20_000) + " ?o }",
    "20,000 negated": "ASK { ?s !(" + "|".join(["<x:p>"] * 20_000) + ") ?o }",
    "20,000 inverse signs": "ASK { ?s " + "^" * 20_000 + "<x:p> ?o }",
    "20,000 commas": "ASK { ?s ?p " + ", ".join(["1"] * 20_000) + " }",
    "20,000 in a list": "ASK { FILTER(1 IN (" + ", ".join(["1"] * 20_000) + ")) }",
    "20,000 in a collection": "ASK { ?s ?p (" + "1 " * 20_000 + ") }",
    "20,000 products": "ASK { FILTER(" + "*".join(["1"] * 20_000) + " = 1) }",
    "20,000 arguments": "ASK { FILTER(CONCAT(" + ",".join(["'a'"] * 20_000) + ") = '') }",
    "20,000 orders": "SELECT * { ?s ?p ?o } ORDER BY " + "?s " * 20_000,
    "20,000 groups by": "SELECT ?s { ?s ?p ?o } GROUP BY " + "?s " * 20_000,
    "20,000 minus": "ASK { " + "MINUS { ?s ?p ?o } " * 12_000 + " }",
    "20,000 filters": "ASK { ?s ?p ?o " + "FILTER(?o) " * 20_000 + " }",
    "20,000 graphs": "ASK " + " ".join(f"FROM <x:{n}>" for n in range(18_000)) + " { ?s ?p ?o }",
    "20,000 prefixes": " ".join(f"PREFIX p{n}: <x:>" for n in range(11_000)) + " ASK {}",
    "a chain of 5,000 BINDs": "ASK { BIND(1 AS ?x0) "
    + " ".join(f"BIND(?x{n}+1 AS ?x{n + 1})" for n in range(5_000))
    + " }",
    "100,000 values": "ASK { VALUES ?x { " + "1 " * 100_000 + "} }",
    "values of 2,000 columns": "ASK { VALUES ("
    + " ".join(f"?x{n}" for n in range(2_000))
    + ") { ("
    + "1 " * 2_000
    + ") } }",
    "a template of 10,000 triples": "CONSTRUCT { " + "?s ?p ?o . " * 10_000 + " } WHERE { ?s ?p ?o }",
    "an IRI of 200,000 letters": f"ASK {{ <x:{'a' * 200_000}> ?p ?o }}",
    "a name of 200,000 letters": f"ASK {{ ?{'a' * 200_000} ?p ?o }}",
    "a string of 200,000 quotes": "ASK { ?s ?p '''" + "\\'" * 100_000 + "''' }",
    "a number of 200,000 digits": f"ASK {{ FILTER({'9' * 200_000} > 1) }}",
    "a tag of 100,000 parts": f"ASK {{ ?s ?p 'x'@a{'-b' * 100_000} }}",
    "30,000 escapes": "ASK { ?s ?p '" + r"\u0041" * 30_000 + "' }",
    "a comment of 200,000 signs": "ASK {} #" + "(" * 200_000,
    "200,000 open quotes": "ASK { ?s ?p " + "'" * 200_001,
    "100,000 colons": "ASK { ?s " + "a:" * 100_000 + " ?o }",
    "100,000 dots": "ASK { ?s ?p x:" + "." * 100_000 + " }",
    "100,000 angles": "ASK { FILTER(" + "<" * 100_000 + ") }",
}

BOMBS: dict[str, str] = {
    "texts joined to types": f"SELECT (COUNT(STRDT(CONCAT(STR(?a0), STR(?b1)), ?b0)) AS ?n) {{ {join(8)} }}",
    "digests without end": f"SELECT (COUNT(DISTINCT SHA512(CONCAT(STR(?a0), STR(?c7)))) AS ?n) {{ {join(8)} }}",
    "a digest of doubling texts": doubling(30).replace("STRLEN(?x30)", "SHA512(?x30)"),
    "new names without end": f"SELECT (UUID() AS ?u) {{ {join(8)} }} ORDER BY ?u",
    "new nodes without end": f"CONSTRUCT {{ [] ?b0 [] }} WHERE {{ {join(8)} }}",
    "an encoding that grows threefold": doubling(12)
    .replace("CONCAT(", "ENCODE_FOR_URI(CONCAT('%', ")
    .replace(") AS", ")) AS"),
    "a replacement that grows": (
        f"SELECT (STRLEN(?z) AS ?n) {{ BIND(REPLACE('{'a' * 2000}', '', '{'b' * 50_000}') AS ?x) "
        f"BIND(REPLACE(?x, 'b', '{'c' * 50_000}') AS ?z) }}"
    ),
    "counting all different rows": f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {join(6)} }}",
    "all different of a cross product": f"SELECT DISTINCT ?a0 ?b1 ?c2 ?a3 ?b4 ?c5 {{ {join(6)} }}",
    "paths of anything on anything": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a (!<x:p>)* ?b . ?b (!<x:p>|^!<x:p>)+ ?c . ?c (<x:p>?/!<x:q>*)* ?d . {join(7)} }}"
    ),
    "all rows there are": f"SELECT * {{ {join(12)} }}",
    "a graph of all rows": f"DESCRIBE * {{ {join(8)} }}",
    "values times values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ {'1 2 3 4 5 6 7 8 9 ' * 20} }}" for n in range(12))
    + " }",
    "a sum of a cross product": f"SELECT (SUM(STRLEN(STR(?a0)) * STRLEN(STR(?c7))) AS ?n) {{ {join(8)} }}",
    "a regular expression of many groups": "ASK { FILTER(REGEX('"
    + "a" * 30_000
    + "', '^"
    + "(a?)" * 8_000
    + "a*$')) }",
    "a regular expression from the data": (
        f"SELECT (COUNT(*) AS ?n) {{ {join(6)} FILTER(REGEX(STR(?a0), STR(?c5), 'i')) {join(9)} }}"
    ),
}
