"""Adapters to telephone exchanges; see ``hotline.telephony``."""
