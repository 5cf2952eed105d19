"""Answers and pages for other programs: tables, workbooks, references and citations.

Imports `present.site` and what it may import; nothing here sends an answer.
"""
