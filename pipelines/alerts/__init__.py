"""What the policy asks for, brought to whoever must act: raised, held back, taken up, escalated, resolved."""
