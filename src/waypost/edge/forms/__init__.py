"""Forms that visitors send to a short link, and the pages that have them."""
