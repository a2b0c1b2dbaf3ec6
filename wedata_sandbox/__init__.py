"""The embedded WeData API on loopback."""
