"""A query of pyoxigraph that asks the endpoint by SERVICE."""

import sys

url, task, query = sys.argv[1:]
from pyoxigraph import RdfFormat, serialize

# snippet
from pyoxigraph import Store

# end
head, _, pattern = query.partition(" WHERE ")
if task == "construct":
    triples = Store().query(f"{head} WHERE {{ SERVICE <{url}> {pattern} }}")
    print(serialize(triples, format=RdfFormat.N_TRIPLES).decode())
elif task == "ask":
    print(str(bool(Store().query(f"{head} WHERE {{ SERVICE <{url}> {pattern} }}"))).lower())
else:
    # snippet
    for row in Store().query(f"SELECT * {{ SERVICE <{url}> {{ {query} }} }}"):
        print(row["label"].value)
    # end
