"""Queues: what is worth a person's time, in which order, and who has it in hand."""
