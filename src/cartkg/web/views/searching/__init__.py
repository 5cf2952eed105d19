"""Pages and services that find things by name or identifier: search, suggestions, reconciliation.

Imports the presentation and HTTP rooms, facts and search; the home page registers its blueprints.
"""
