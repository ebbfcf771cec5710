"""OFD documents (GB/T 33190): written, sealed, drawn, checked. Nothing here knows a table."""
