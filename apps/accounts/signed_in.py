"""The person behind a page's request."""

from django.http import HttpRequest

from apps.accounts.models import User


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` or a guard only."""
    assert isinstance(request.user, User), "the view lets in people who are not signed in"
    return request.user
