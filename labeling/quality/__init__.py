"""How good labels and labelers are, over what is stored: agreement, disputes, consensus, gold tasks, label issues."""
