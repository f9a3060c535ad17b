"""The use cases of templates of campaigns."""
