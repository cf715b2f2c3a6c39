"""What an installation puts in place, as package data: units, users, folders, device rules."""
