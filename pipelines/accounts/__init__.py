"""What is asked about accounts: lists by risk, one account, its documents and signals."""
