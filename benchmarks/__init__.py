"""Speed and quality beside named alternatives, each in the same run: ``make bench``."""
