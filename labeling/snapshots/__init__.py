"""Snapshots: the labels as they were at one moment, hashed, parted by account, and never changed."""
