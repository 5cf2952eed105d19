"""The order of all steps: read, reason, check, write.

`building.build` makes what `cartkg serve` and `cartkg query` read; `checking.check` gives all diagnostics.
"""
