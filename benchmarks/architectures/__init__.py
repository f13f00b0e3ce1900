"""Ways to read signals, compared on the same vendors."""
