"""Compile dossiers and lists into Turtle: what is stated in a row becomes statements, and nothing else does."""
