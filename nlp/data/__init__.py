"""Data that ships with the reader: the catalogue of product names."""
