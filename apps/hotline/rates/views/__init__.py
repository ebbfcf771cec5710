"""Pages of the three rates."""
