"""Curation: a dossier in YAML in, the Turtle files of its study out."""
