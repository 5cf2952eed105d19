"""A graph in, an index of the names and identifiers of its things out; words in, the things that they name out.

The index is one SQLite database with a full-text table (FTS5), made by a build and read by pages and assistants. It is
loaded into memory and never written to. Without a build there is none; `cartkg.facts.search` then asks the graph.
"""
