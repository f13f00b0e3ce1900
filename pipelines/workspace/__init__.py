"""The stored workspace configuration: read, change, and the reader that follows it."""
