"""requests: GET, and POST where the query is long."""

import sys

url, task, query = sys.argv[1:]
# snippet
import requests

# end
if task == "construct":
    print(requests.post(url, data={"query": query}, headers={"Accept": "text/turtle"}, timeout=60).text)
elif task == "ask":
    print(str(requests.get(url, params={"query": query}, timeout=60).json()["boolean"]).lower())
else:
    # snippet
    headers = {"Accept": "application/sparql-results+json"}
    answer = requests.get(url, params={"query": query}, headers=headers, timeout=60)
    if not answer.ok:
        raise SystemExit(answer.text)  # the reason, with line and column
    for row in answer.json()["results"]["bindings"]:
        print(row["label"]["value"])
    # end
