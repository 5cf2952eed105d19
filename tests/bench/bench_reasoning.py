"""Time what follows from data of growing size, beside two libraries of OWL 2 RL.

Data are made up: studies of three cohorts with five findings and claims each, over 30 products. Each run is a process
of its own; seconds are processor time, memory is the process's peak in MB. `rules` is how many of three telling
conclusions (a property chain, a chain of chains, a class defined by a class) the tool draws. Then the shipped graph is
classified and materialised, HermiT included, with nothing kept and again from the cache; seconds are wall time.
Bounds: from the smallest to the largest size at most 1.2 times what is linear; the shipped graph at most 10 s cold and
1 s from the cache. Exit code 1 when one is missed.
Usage: python tests/bench/bench_reasoning.py [TRIPLES ...]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from cartkg import project as projects
from cartkg.graph import KnowledgeGraph, read
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, TERM
from cartkg.reasoning import infer, materialise
from cartkg.reasoning.stored_rules import read_rules

ROOT = Path(__file__).resolve().parents[2]
LINEAR = 1.2
COLD, CACHED = 10.0, 1.0
SLOW = {"owlrl": 3_000}
PREFIXES = f"@prefix c: <{TERM}> .\n@prefix o: <http://purl.obolibrary.org/obo/> .\n"
SHARED = """
<criterion/doris> a c:RemissionCriterion ; c:requiresDrugFree true ; c:scoreDirection c:higherIsBetter .
<unit/mo> a c:TimeUnit ; c:daysPerUnit 30.4375 .
"""
STUDY = """
<study/{n}> a c:Study ; c:studyDesign c:design-case-series .
<publication/{n}> a c:Publication ; c:reportsStudy <study/{n}> .
<product/{p}> a c:CellProduct ; c:targets <target/cd19>, <target/{t}> ; c:cellSource c:autologous .
<therapy/{n}> a c:CARTCellTherapy ; c:ofProduct <product/{p}> .
<cohort/{n}/all> a c:Cohort ; c:ofStudy <study/{n}> ; c:receivedTherapy <therapy/{n}> ; c:hasDisease o:MONDO_0007915 .
"""
COHORT = """
<cohort/{n}/{k}> a c:Cohort ; c:partOfCohort <cohort/{n}/all> ; c:patientCount {k} ; c:hasDisease o:MONDO_0007915 ;
    c:receivedTherapy <therapy/{n}> .
"""
FINDING = """
<finding/{n}/{k}/{j}> a c:OutcomeFinding, c:CountFinding ; c:ofCohort <cohort/{n}/{k}> ; c:measure <criterion/doris> ;
    c:numerator {k} ; c:denominator {k} ; c:timeKind c:atTimePoint ; c:timeValue {j}.0 ; c:timeUnit <unit/mo> .
<claim/{n}/{k}/{j}> a c:Claim ; c:asserts <finding/{n}/{k}/{j}> ; c:claimedBy <publication/{n}> ;
    c:originality c:ownResult ; c:readLevel c:wholeAbstract .
"""
#: What only a chain, a chain of chains, and a class of a class conclude for the first study.
TELLING = (
    ("cohort/1/1", "exposedToTarget", f"{BASE}target/cd19"),
    ("claim/1/1/1", "concernsStudy", f"{BASE}study/1"),
    ("finding/1/1/1", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"{TERM}DrugFreeRemissionFinding"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds, peak memory in MB, number of triples given and inferred, telling conclusions drawn."""

    tool: str
    given: int
    seconds: float
    memory: int
    inferred: int
    rules: int


def make(triples: int) -> list[ox.Triple]:
    """Make up at least so many triples."""
    parts, number, size = [SHARED], 0, 0
    while size < triples:
        number += 1
        parts.append(STUDY.format(n=number, p=number % 30, t="bcma" if number % 3 else "cd20"))
        for k in (1, 2, 3):
            parts.append(COHORT.format(n=number, k=k))
            parts += [FINDING.format(n=number, k=k, j=j) for j in range(1, 6)]
        size += 251  # triples of one study
    text = PREFIXES + "".join(parts)
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=BASE)]


def run(tool: str, triples: int) -> Cost:
    """Let one tool infer, in this process."""
    project = projects.find(ROOT)
    modules = [path for path in project.ontology_files() if path.parent.name != "imports" or path.stem == "upper"]
    ontology = list(read([*modules, project.ontology / "imports" / "mondo.ttl"], project).graph.quads(GRAPH_ONTOLOGY))
    facts = make(triples)
    if tool == "cartkg":
        return _cartkg(ontology, facts, project)
    with tempfile.NamedTemporaryFile(suffix=".ttl") as file:
        file.write(ox.serialize([*(quad.triple for quad in ontology), *facts], format=ox.RdfFormat.N_TRIPLES) or b"")
        file.flush()
        return _library(tool, file.name, len(facts))


def _cartkg(ontology: list[ox.Quad], facts: list[ox.Triple], project: projects.Project) -> Cost:
    graph = KnowledgeGraph.of_quads(ontology, read([], project).graph.prefixes)
    graph.add(f"{BASE}graph/bench", facts)
    start = time.process_time()
    inferred = materialise(graph, read_rules(project.ontology / "rules")).triples
    seconds = time.process_time() - start
    told = {(str(s).strip("<>"), str(p).strip("<>"), str(o).strip("<>")) for s, p, o in inferred}
    return _cost("cartkg", len(facts), seconds, len(inferred), told)


def _library(tool: str, path: str, given: int) -> Cost:
    start = time.process_time()
    if tool == "reasonable":
        from reasonable import PyReasoner  # noqa: PLC0415  # each tool in its own process

        reasoner = PyReasoner()
        reasoner.load_file(path)
        closure = reasoner.reason()
    else:
        import owlrl  # noqa: PLC0415  # the same
        import rdflib  # noqa: PLC0415  # the same

        closure = rdflib.Graph().parse(path)
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, rdfs_closure=False, axiomatic_triples=False).expand(closure)
    told = {(str(s), str(p), str(o)) for s, p, o in closure}
    return _cost(tool, given, time.process_time() - start, len(told), told)


def _cost(tool: str, given: int, seconds: float, inferred: int, told: set[tuple[str, str, str]]) -> Cost:
    wanted = {(BASE + s, p if ":" in p else TERM + p, o) for s, p, o in TELLING}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Cost(tool, given, seconds, memory, inferred, len(wanted & told))


def main(arguments: list[str]) -> int:
    """Run every tool at every size and print a table; 1 when the bound is missed."""
    if arguments[:1] == ["--run"]:
        warnings.simplefilter("ignore")
        cost = run(arguments[1], int(arguments[2]))
        sys.stdout.write(json.dumps([getattr(cost, name) for name in Cost.__slots__]))
        return 0
    sizes = sorted({int(text) for text in arguments} or {10_000, 100_000, 1_000_000})
    costs = []
    sys.stdout.write(f"{'tool':12}{'triples':>10}{'seconds':>9}{'MB':>7}{'inferred':>10}{'rules':>7}\n")
    for tool, size in [("owlrl", SLOW["owlrl"]), ("reasonable", sizes[0]), *(("cartkg", size) for size in sizes)]:
        done = subprocess.run([sys.executable, __file__, "--run", tool, str(size)], capture_output=True, check=True)
        cost = Cost(*json.loads(done.stdout))
        costs.append(cost)
        sys.stdout.write(
            f"{tool:12}{cost.given:>10}{cost.seconds:>9.2f}{cost.memory:>7}{cost.inferred:>10}{cost.rules:>5}/3\n"
        )
    ours = [cost for cost in costs if cost.tool == "cartkg"]
    growth = (ours[-1].seconds / ours[0].seconds) / (ours[-1].given / ours[0].given)
    sys.stdout.write(f"growth over linear: {growth:.2f} (bound {LINEAR})\n")
    cold, cached = _shipped()
    sys.stdout.write(
        f"shipped graph: {cold:.2f} s cold (bound {COLD:.0f}), {cached:.2f} s cached (bound {CACHED:.0f})\n"
    )
    return 0 if growth <= LINEAR and cold <= COLD and cached <= CACHED else 1


def _shipped() -> tuple[float, float]:
    """Give the seconds that inference over the shipped graph takes with nothing kept, and again."""
    with tempfile.TemporaryDirectory() as work:
        project = replace(projects.find(ROOT), work=Path(work))
        graph = read((*project.ontology_files(), *project.data_files()), project).graph
        seconds = []
        for _ in ("cold", "cached"):
            start = time.perf_counter()
            infer(graph, project)
            seconds.append(time.perf_counter() - start)
    return seconds[0], seconds[1]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
