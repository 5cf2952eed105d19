"""A query of rdflib that asks the endpoint by SERVICE."""

import sys

url, task, query = sys.argv[1:]
# snippet
from rdflib import Graph

# end
head, _, pattern = query.partition(" WHERE ")
if task == "construct":
    # its parser takes an IRI with # before SERVICE for a comment: names with prefixes are read
    prefixes = {"cartkg": "https://w3id.org/cartkg/ontology#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
    template = head.replace(f"<{prefixes['cartkg']}Study>", "cartkg:Study").replace(
        f"<{prefixes['rdfs']}label>", "rdfs:label"
    )
    asked = f"{template} WHERE {{ SERVICE <{url}> {pattern} }}"
    print(Graph().query(asked, initNs=prefixes).graph.serialize(format="nt"))
elif task == "ask":
    print(str(Graph().query(f"{head} WHERE {{ SERVICE <{url}> {pattern} }}").askAnswer).lower())
else:
    # snippet
    for row in Graph().query(f"SELECT * {{ SERVICE <{url}> {{ {query} }} }}"):
        print(row.label)
    # end
