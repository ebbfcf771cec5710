"""How a backup is made and read again: places, keys, sealed files, the database's own tool.

Knows neither rows nor rights, so that a restore works where no database is left. Called by
``services`` and by the commands ``backup`` and ``restore_city``.
"""
