"""Boards as data: the files, what is wrong with them, and every one of them booted."""
