"""Polars: a table from the address."""

import sys

url, task, query = sys.argv[1:]
# snippet
from urllib.parse import urlencode

import polars as pl

# end
if task == "ask":
    print(str(pl.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}", has_header=False)[0, 0]).lower())
elif task == "construct":
    print(pl.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}"))
else:
    # snippet
    table = pl.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}")
    print("\n".join(table["label"]))
    # end
