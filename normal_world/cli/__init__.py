"""evlock: the technician's hand on the programs of a node, and the demonstration."""
