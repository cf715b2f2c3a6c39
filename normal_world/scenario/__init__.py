"""The scenarios of a grid operator, played on a chain with real contracts and keys made for it."""
