"""What Python has itself: urllib and json."""

import sys

url, task, query = sys.argv[1:]
# snippet
import json
import sys
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

# end
if task == "construct":
    with urlopen(Request(f"{url}?{urlencode({'query': query})}", headers={"Accept": "text/turtle"})) as answer:
        print(answer.read().decode())
elif task == "ask":
    with urlopen(f"{url}?{urlencode({'query': query})}") as answer:
        print(str(json.load(answer)["boolean"]).lower())
else:
    # snippet
    request = Request(f"{url}?{urlencode({'query': query})}", headers={"Accept": "application/sparql-results+json"})
    try:
        with urlopen(request) as answer:
            for row in json.load(answer)["results"]["bindings"]:
                print(row["label"]["value"])
    except HTTPError as error:
        sys.exit(error.read().decode())  # the reason, with line and column
    # end
