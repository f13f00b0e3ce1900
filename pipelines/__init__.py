"""The flows and their scheduling: sources, ingest, extraction, account risk, playbook. No HTTP.

Every folder speaks one vocabulary: ``service.py`` is what others call, ``repository.py`` holds the SQL, ``model.py``
pure functions, ``tasks.py`` thin Celery tasks.
"""
