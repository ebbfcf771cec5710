"""Benchmarks with targets; ``bin/bench`` runs them. The contract is in README.md."""
