"""Chips and lines of the virtual board, as their data sheets describe them."""
