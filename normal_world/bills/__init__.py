"""Bills: from signed readings to a page, its address in IPFS, and the digest on chain."""
