"""pandas: a table from the address."""

import sys

url, task, query = sys.argv[1:]
# snippet
from urllib.parse import urlencode

import pandas as pd

# end
if task == "ask":
    print(pd.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}", header=None, dtype=str).iloc[0, 0])
elif task == "construct":
    print(pd.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}"))
else:
    # snippet
    table = pd.read_csv(f"{url}?{urlencode({'query': query, 'format': 'csv'})}")
    print("\n".join(table["label"]))
    # end
