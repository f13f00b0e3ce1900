"""Documents and accounts into the store: idempotent by source and id."""
