"""Attack tools run against a running server: not a measurement, so not in ``bin/bench``."""
