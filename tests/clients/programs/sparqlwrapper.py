"""SPARQLWrapper."""

import sys

url, task, query = sys.argv[1:]
# snippet
from SPARQLWrapper import JSON, SPARQLWrapper

endpoint = SPARQLWrapper(url)
endpoint.setQuery(query)
# end
if task == "construct":
    print(endpoint.queryAndConvert().serialize(format="nt"))
elif task == "ask":
    endpoint.setReturnFormat(JSON)
    print(str(endpoint.queryAndConvert()["boolean"]).lower())
else:
    # snippet
    endpoint.setReturnFormat(JSON)
    for row in endpoint.queryAndConvert()["results"]["bindings"]:
        print(row["label"]["value"])
    # end
