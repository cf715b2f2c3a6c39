"""noded's trades: orders of the owner, escrows on the chain, messages of the counterpart."""
