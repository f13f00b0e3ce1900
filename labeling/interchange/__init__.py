"""Labeled data in and out, in the formats of other tools. ``formats`` is the door; every format has a module."""
