"""Training that changes the gap."""
