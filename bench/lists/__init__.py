"""How long lists of links take over many links."""
