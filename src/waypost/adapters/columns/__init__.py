"""Enriched clicks as columns, in SQLite or PostgreSQL.

    add ── one transaction: a batch in the tail, and the ranges of what is stored
     │
    compact ── a run of chunks for each day: sorted by link, visitors numbered
     │
    seal ── the runs of a day that is over become one; its roll-ups are made

A day is answered from its roll-ups while the versions agree and nothing of it lies in
the tail, else from its rows. All of it is read in one snapshot.
"""
