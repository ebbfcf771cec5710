from django.http import HttpRequest

from apps.accounts.models import User


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in user; behind ``login_required`` there always is one."""
    if not isinstance(request.user, User):
        raise TypeError("the view is not behind login_required")
    return request.user
