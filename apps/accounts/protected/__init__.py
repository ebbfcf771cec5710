"""One register of what is protected, whatever keeps it. Source: AC-07."""
