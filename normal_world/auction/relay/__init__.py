"""Orders of many meters in one `place`: the service that brings them, and a node's way to it."""
