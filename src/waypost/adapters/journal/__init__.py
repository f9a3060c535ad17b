"""The click journal: append-only segments on this machine's disk.

DATA_DIR/journal/
├── id                        the journal's id, part of every click's identity
├── lock                      held by the one process that writes
├── forward.lock              held by the one process that forwards, if any does
├── forwarded                 up to where it has
├── 00000000000000000001.seg  a segment: header, then records (`format`)
└── damaged/                  bytes that could not be read, named by their place
"""
