"""Pages of grid management."""
