"""What several benchmarks share: a town, its cases, and clients that load a server."""
