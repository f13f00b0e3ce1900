"""Signals of a workspace's own: defined by a description and five examples, taught by answers, served like the four."""
