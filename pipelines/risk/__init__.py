"""Account risk: pure functions from signals to named points, each traced to the sentences behind it."""
