"""Who may do what, from the first start on."""
