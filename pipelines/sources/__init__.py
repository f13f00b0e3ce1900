"""Adapters: from what people have (JSON Lines, CSV, mail files) to documents of the contract."""
