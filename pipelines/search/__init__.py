"""Search: sentences found by what they say and by their words, with the reason for each."""
