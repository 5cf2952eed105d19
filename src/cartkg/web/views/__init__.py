"""The views: one module for each family of pages, each with its blueprint.

Imports `present` and `http`; nothing below imports a view.
"""
