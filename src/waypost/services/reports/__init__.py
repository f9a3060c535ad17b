"""Reports about clicks: what a store answers, as their readers ask for it."""
