"""Orders of many meters brought to the auction in one `place`: the service, and a node's way to it."""
