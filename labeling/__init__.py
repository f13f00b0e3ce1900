"""Review of signals by people, and the feedback into training."""
