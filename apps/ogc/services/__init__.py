"""What reading leaves behind. Called by the views of this app."""

from apps.ogc.services.reading import note_bulk_read

__all__ = ["note_bulk_read"]
