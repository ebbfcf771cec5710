"""The pages of the studio: matters, their versions, writing, trying, moving, the catalogue."""
