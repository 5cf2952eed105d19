"""The text and tables of papers in, rows that their sentences and cells may mean out, for a person to confirm."""
