"""Records of data: JSON and text under detached signatures. Nothing here knows a table."""
