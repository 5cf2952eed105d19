"""Pages across things: the evidence map, a disease and a target, comparisons, conflicts and overlaps.

Imports the presentation and HTTP rooms and facts; the home page registers its blueprints.
"""
