"""The call centre's reads, by topic."""
