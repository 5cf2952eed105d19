"""Pages that say what the site means and how it is made: terms, rules, documentation, method, changes.

Imports the presentation and HTTP rooms and facts; the home page registers its blueprints.
"""
