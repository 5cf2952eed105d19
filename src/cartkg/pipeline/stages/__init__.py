"""The stages of a check: what was read in, diagnostics out; each knows one kind of rule.

Imports `inputs` alone; the order of the stages is in `checking`.
"""
