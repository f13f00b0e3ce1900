"""The shared kernel: domain types, settings, errors, clock and the store. No ML, no HTTP, no Celery."""
