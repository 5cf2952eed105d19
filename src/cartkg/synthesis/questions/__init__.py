"""Words or a question in, the groups of patients that answer it out, with the rows left out and why.

Imports `reading` and `patients`.
"""
