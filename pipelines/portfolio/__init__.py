"""All accounts at once: themes across them, the timeline of one, and files for other systems."""
