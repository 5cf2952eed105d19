"""Foreign vocabularies: imported slices, mappings, and what is made of the ontology for people to read."""
