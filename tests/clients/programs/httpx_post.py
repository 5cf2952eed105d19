"""httpx, by POST of the query itself."""

import sys

url, task, query = sys.argv[1:]
# snippet
import httpx

# end
headers = {"Content-Type": "application/sparql-query"}
if task == "construct":
    print(httpx.post(url, content=query, headers={**headers, "Accept": "application/n-triples"}).text)
elif task == "ask":
    print(str(httpx.post(url, content=query, headers=headers).json()["boolean"]).lower())
else:
    # snippet
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
    answer = httpx.post(url, content=query, headers=headers, timeout=60)
    if answer.is_error:
        raise SystemExit(answer.text)  # the reason, with line and column
    for row in answer.json()["results"]["bindings"]:
        print(row["label"]["value"])
    # end
