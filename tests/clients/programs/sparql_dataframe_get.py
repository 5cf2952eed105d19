"""sparql-dataframe: a pandas table from a query."""

import sys

url, task, query = sys.argv[1:]
# snippet
import sparql_dataframe

# end
if task in {"ask", "construct"}:
    print(sparql_dataframe.get(url, query).to_string())
else:
    # snippet
    table = sparql_dataframe.get(url, query)
    print("\n".join(table["label"]))
    # end
