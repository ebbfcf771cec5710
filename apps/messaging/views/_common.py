"""What the pages of this app share."""

from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.messaging import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer
