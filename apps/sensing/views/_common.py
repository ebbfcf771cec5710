"""What the pages of this app share."""

from django.http import HttpRequest

from apps.accounts.models import User
from apps.sensing import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    assert isinstance(request.user, User)
    permissions.require_reader(request.user)
    return request.user
