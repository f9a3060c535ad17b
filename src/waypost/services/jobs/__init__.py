"""Jobs: work that is begun by a clock or by a person, and may be begun again."""
