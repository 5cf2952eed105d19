"""Draft dossiers, for a person to confirm, from records, texts and tables of papers and dossiers of the first form."""
