"""evlock-meterd: samples the sensors, counts energy, moves the relay, verifies the counterpart."""
