"""rdflib's SPARQLStore: a remote graph that is used as a local one."""

import sys

url, task, query, form = sys.argv[1:]
# snippet
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore

graph = Graph(SPARQLStore(url, returnFormat=form))
# end
if task == "construct":
    print(graph.query(query).graph.serialize(format="nt"))
elif task == "ask":
    print(str(graph.query(query).askAnswer).lower())
else:
    # snippet
    for row in graph.query(query):
        print(row.label)
    # end
