"""Facts and shapes in, violations out, each with a place in a file (SHACL)."""
