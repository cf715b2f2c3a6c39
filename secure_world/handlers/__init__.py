"""Commands in groups. A handler reads: decode and check; authorise; do; encode."""
