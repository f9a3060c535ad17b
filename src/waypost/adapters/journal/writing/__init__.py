"""The one writer of a journal, and what it has to know when it opens."""
