"""The neighbourhood auction: its clearing as the contract does it, and communities simulated."""
