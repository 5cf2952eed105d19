"""SPARQL 1.1: a request becomes an operation (protocol), a format (negotiation) and an answer (engines, workers)."""
