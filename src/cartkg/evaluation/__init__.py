"""Evaluate queries from strangers: guarded before they run, in processes that can be killed."""
