"""Files of tiles, each for the person who asked for it."""

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.onemap.models import TileExport


def list_exports(viewer: User) -> QuerySet[TileExport]:
    """Will give the viewer's own files, the newest first."""
    return TileExport.objects.filter(user=viewer).order_by("-id")
