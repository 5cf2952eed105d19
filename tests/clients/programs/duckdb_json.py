"""DuckDB with its extension httpfs: a table from the address."""

import sys

url, task, query = sys.argv[1:]
# snippet
from urllib.parse import quote

import duckdb
from duckdb_extensions import import_extension

import_extension("httpfs")  # or, with a way to the internet: duckdb.sql("INSTALL httpfs")
duckdb.sql("LOAD httpfs")
address = f"{url}?format=json&query={quote(query)}"
# end
if task == "ask":
    print(str(duckdb.sql(f"SELECT boolean FROM read_json('{address}')").fetchone()[0]).lower())
elif task == "construct":
    print(duckdb.sql(f"FROM read_json('{address}')"))
else:
    # snippet
    rows = f"SELECT unnest(results.bindings).label.value FROM read_json('{address}')"
    for (label,) in duckdb.sql(rows).fetchall():
        print(label)
    # end
