"""Where the marks of a picture stand: facts in, coordinates out; the templates draw.

Imports `present.places` and facts.
"""
