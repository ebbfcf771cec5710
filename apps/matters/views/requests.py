"""What every page of this app reads from its request."""

from django.http import HttpRequest

from apps.accounts.models import User


def viewer_of(request: HttpRequest) -> User:
    """Will give the signed-in person; the pages here are for people only."""
    assert isinstance(request.user, User)
    return request.user
