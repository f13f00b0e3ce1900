"""Reading documents for signals: stateless over files, and as jobs over the store."""
