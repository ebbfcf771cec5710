"""Shape and conversion of what people enter, by topic."""
