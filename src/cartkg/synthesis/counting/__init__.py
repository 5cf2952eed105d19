"""Groups of patients in, how many people they are out: at least, at most, and what that rests on.

Imports `questions`, `reading` and `patients`.
"""
