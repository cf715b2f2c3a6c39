"""What the owner may watch: Prometheus numbers and messages for Home Assistant."""
