"""Keys, certificates and signatures of seals. Nothing here knows a table."""
