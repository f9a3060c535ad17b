"""The journal's files: folder, segments, records, and the positions of readers."""
