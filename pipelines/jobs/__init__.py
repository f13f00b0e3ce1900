"""The in-process worker, and Celery over the same functions."""
