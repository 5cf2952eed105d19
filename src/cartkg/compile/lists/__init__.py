"""Lists of words, trials and products in, their terms as Turtle out.

Imports `values` and `context`; knows no sections and no checks.
"""
