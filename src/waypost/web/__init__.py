"""What people see in a browser: templates, their style and their files."""
