"""Polars, lazily: it asks for the length first, then for ranges."""

import sys

url, task, query = sys.argv[1:]
# snippet
from urllib.parse import urlencode

import polars as pl

# end
if task == "ask":
    address = f"{url}?{urlencode({'query': query, 'format': 'csv'})}"
    print(str(pl.scan_csv(address, has_header=False).collect()[0, 0]).lower())
elif task == "construct":
    print(pl.scan_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}").collect())
else:
    # snippet
    lazy = pl.scan_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}")
    print("\n".join(lazy.select("label").collect()["label"]))
    # end
