"""Records of the graph in, what people read out: phrases, charts, evidence side by side and links.

Imports `http`; asks the graph through `records` alone.
"""
