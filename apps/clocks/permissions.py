"""Who keeps calendars."""

EDIT = "clocks.edit_calendars"
