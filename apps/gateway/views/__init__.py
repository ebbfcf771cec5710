"""Pages of the API for people, and of the systems that are told what happens."""
