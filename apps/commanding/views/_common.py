"""What the pages of this app share."""

from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.sensing.permissions import require_reader


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person where they see devices. Raises: NotAllowed."""
    viewer = actor_of(request)
    require_reader(viewer)
    return viewer
