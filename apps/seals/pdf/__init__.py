"""PDF documents: looked into, marked, sealed, checked. Nothing here knows a table."""
