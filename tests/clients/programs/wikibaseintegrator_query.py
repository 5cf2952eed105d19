"""WikibaseIntegrator, which asks any endpoint."""

import json
import sys

url, task, query = sys.argv[1:]
# snippet
from wikibaseintegrator.wbi_config import config
from wikibaseintegrator.wbi_helpers import execute_sparql_query

config["USER_AGENT"] = "my-notebook/1.0"
# end
if task == "ask":
    print(str(execute_sparql_query(query, endpoint=url, max_retries=1)["boolean"]).lower())
elif task == "construct":
    print(json.dumps(execute_sparql_query(query, endpoint=url, max_retries=1)))
else:
    # snippet
    for row in execute_sparql_query(query, endpoint=url, max_retries=1)["results"]["bindings"]:
        print(row["label"]["value"])
    # end
