"""The ledger of feature requests: mentions of one wish, in any words, are one request."""
