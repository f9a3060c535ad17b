"""Backups: one file with the rows of the database and the files of a data folder.

waypost.tar.gz
├── tables/links/000001.jsonl   rows of a table, a JSON array each
├── data/journal/…              files of the data folder, by their relative paths
└── manifest.json               what the others are, with their checksums; the last one
"""
