"""Facts of the graph in, what pages show out: charts, templates, markup and links.

Imports `http`; asks the graph through `cartkg.facts` alone.
"""
