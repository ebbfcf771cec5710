"""Reads of the register, the plans, the draws and the checks, scoped by viewer."""
