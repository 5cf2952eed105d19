"""Dossiers: the form in which evidence is stated, and how it is read."""
