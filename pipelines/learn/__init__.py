"""Learning from labels: train, compare, preview, promote, re-read, roll back."""
