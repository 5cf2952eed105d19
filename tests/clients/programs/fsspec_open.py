"""fsspec: the answer as a file, here as JSON."""

import sys

url, task, query = sys.argv[1:]
# snippet
import json
from urllib.parse import urlencode

import fsspec

# end
if task == "construct":
    with fsspec.open(f"{url}?{urlencode({'query': query, 'format': 'nt'})}") as file:
        print(file.read().decode())
elif task == "ask":
    with fsspec.open(f"{url}?{urlencode({'query': query, 'format': 'json'})}") as file:
        print(str(json.load(file)["boolean"]).lower())
else:
    # snippet
    with fsspec.open(f"{url}?{urlencode({'query': query, 'format': 'json'})}") as file:
        for row in json.load(file)["results"]["bindings"]:
            print(row["label"]["value"])
    # end
