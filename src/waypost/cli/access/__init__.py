"""Commands about keys, and which key commands send."""
