"""evlock demo: a throw-away pair of nodes that make one real trade before your eyes."""
