"""API keys: who may call, for which tenant, to do what."""
