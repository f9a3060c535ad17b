"""Pages about a link, beside the redirect itself."""
