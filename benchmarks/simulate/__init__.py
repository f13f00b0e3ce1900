"""Invented accounts with storylines, read with a reader's measured errors: what the risk model is judged on.

It is a simulation. Nothing in it was observed: it shows how the model behaves if accounts leave the way
``story.toml`` says they do, and nothing about how they really do. See docs/simulation.md.
"""
