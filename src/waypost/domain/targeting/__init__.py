"""Where visitors of a link go: conditions, rules and variants."""
