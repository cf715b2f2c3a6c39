"""The virtual board: chips at register level, GPIO lines and a plant with batteries and wires."""
