"""DuckDB with its extension httpfs: a table from the address."""

import sys

url, task, query = sys.argv[1:]
# snippet
from urllib.parse import quote

import duckdb
from duckdb_extensions import import_extension

import_extension("httpfs")  # or, with a way to the internet: duckdb.sql("INSTALL httpfs")
duckdb.sql("LOAD httpfs")
address = f"{url}?format=csv&query={quote(query)}"
# end
if task == "ask":
    print(str(duckdb.sql(f"FROM read_csv('{address}', header = false)").fetchone()[0]).lower())
elif task == "construct":
    print(duckdb.sql(f"FROM read_csv('{address}')"))
else:
    # snippet
    for (label,) in duckdb.sql(f"SELECT label FROM read_csv('{address}')").fetchall():
        print(label)
    # end
