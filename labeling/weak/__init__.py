"""Weak supervision: labeling functions that people write, what they cover, and a model of how far to trust each."""
