"""What searches have found in, what people decided of it out: the worklist, its flow, and what nobody has checked.

Searches and the worklist are files of a project, `data/searches.yaml` and `data/worklist.tsv`. Mistakes in them are
diagnostics. `watching` alone brings news of the literature into the worklist. `adjudication` keeps what was decided
where two readers of a paper differ, `data/adjudications.tsv`.

Imports citations, the corpus, changes of trials, dossiers, diagnostics.
"""
