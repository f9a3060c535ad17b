"""The click journals of a data folder: append-only segments on this machine's disk.

Every opening of the folder is a journal with an id of its own, which is part of every
click's identity. The numbers of segments go on from one journal to the next.

DATA_DIR/journal/             locked by the one process that writes
├── lock                      that process's id, and a lock for releases before this
├── forwarded                 position of the reader `bus`; others: NAME.reader
├── forward.lock              held by the process that is it; others: NAME.reader-lock
├── 00000000000000000001-0190….seg  a segment: number and journal; see `format`
└── damaged/                  bytes that could not be read, named by their place
"""
