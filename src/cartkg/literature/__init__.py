"""Draft dossiers, for a person to confirm, from records of papers and dossiers of the first form."""
