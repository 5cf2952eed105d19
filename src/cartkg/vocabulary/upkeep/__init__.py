"""Lists of identifiers and extracts in, imported slices, mapping sets and absences out: commands of maintainers.

Imports the modules of `cartkg.vocabulary`; nothing imports it, and the wheel leaves it out.
"""
