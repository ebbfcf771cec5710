"""Adapters to other departments' registers; see ``guides.shared_data``."""
