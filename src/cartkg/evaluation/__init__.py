"""Query texts of strangers in, answers out: guarded before they run, run in processes that can be killed."""
