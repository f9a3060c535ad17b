"""Parts of what is kept beside links: tags, templates and titles."""
