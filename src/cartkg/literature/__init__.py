"""The literature: records of papers and dossiers of the first form in, drafts for a person to confirm out."""
