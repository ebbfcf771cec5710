"""Reads of guides, plans, applications and instant approval."""
