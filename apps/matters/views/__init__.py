"""The pages of the matter centre."""
