"""aiohttp: several queries may be under way at once."""

import sys

url, task, query = sys.argv[1:]
# snippet
import asyncio

import aiohttp


async def ask(accept: str) -> str:
    async with aiohttp.ClientSession() as session:
        async with session.get(url, params={"query": query}, headers={"Accept": accept}) as answer:
            text = await answer.text()
            if not answer.ok:
                raise SystemExit(text)  # the reason, with line and column
            return text


# end
if task == "construct":
    print(asyncio.run(ask("application/n-triples")))
elif task == "ask":
    print(asyncio.run(ask("text/csv")).strip())
else:
    # snippet
    import csv

    for row in csv.DictReader(asyncio.run(ask("text/csv")).splitlines()):
        print(row["label"])
    # end
