"""The child of `cartkg.evaluation.apart`: a store on standard input, then jobs; a reply to each on standard output."""

from __future__ import annotations

import sys

import pyoxigraph as ox

from cartkg.evaluation import messages
from cartkg.evaluation.evaluator import answer


def main() -> None:
    """Read the store and acknowledge it, then answer until standard input is closed."""
    store = ox.Store()
    prefixes: dict[str, str] = {}
    while (job := messages.read(sys.stdin.buffer)) is not None:
        if job.head["what"] == "store":
            store.bulk_extend(ox.parse(job.body, format=ox.RdfFormat.N_QUADS))
            prefixes = job.head["prefixes"]
            reply = messages.Frame({})
        else:
            reply = answer(job, store, prefixes)
        sys.stdout.buffer.write(messages.pack(reply))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
