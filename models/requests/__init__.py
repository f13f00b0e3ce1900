"""The model that decides whether two wishes ask for the same: data, training, measures."""
