"""Reading documents for signals of a workspace's own: new ones as they are read, earlier ones in the background."""
