"""The strategy in noded: found, given what it is to see, asked, and kept from doing harm."""
