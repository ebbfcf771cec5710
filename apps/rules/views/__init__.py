"""Pages of the rules: tables and versions, editing a draft, decisions."""
