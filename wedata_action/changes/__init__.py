"""Which tasks changed between two commits, by their fingerprints: the second stage."""
