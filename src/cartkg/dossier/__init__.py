"""Dossiers: the form in which evidence is stated (schema, reading, references), before anything is made of it."""
