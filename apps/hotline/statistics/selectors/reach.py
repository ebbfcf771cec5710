"""Whose demands are counted."""

from apps.accounts.models import User
from apps.figures.selectors import Reach
from apps.figures.selectors import reach_of as reach_by

PERMISSION = "hotline.view_statistics"
MATTERS = "hotline."


def reach_of(viewer: User) -> Reach:
    """Will give how far the viewer's posts with the statistics permission reach."""
    return reach_by(viewer, permission=PERMISSION, matters=MATTERS)
