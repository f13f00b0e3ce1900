"""What is to be done about risk, by whom and by when: policy as data."""
