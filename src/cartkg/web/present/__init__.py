"""What pages show of the graph's facts: charts, templates, markup and links.

Imports `http`; asks the graph through `cartkg.facts` alone.
"""
