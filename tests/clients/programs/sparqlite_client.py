"""sparqlite."""

import sys

url, task, query = sys.argv[1:]
# snippet
from sparqlite import SPARQLClient

client = SPARQLClient(url)
# end
if task == "construct":
    print(client.construct(query).decode())
elif task == "ask":
    print(str(client.ask(query)).lower())
else:
    # snippet
    for row in client.query(query)["results"]["bindings"]:
        print(row["label"]["value"])
    # end
client.close()
