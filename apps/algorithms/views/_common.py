"""What the pages of this app share."""

from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.algorithms import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def number_of(request: HttpRequest, name: str) -> int:
    """Will give a number a form of buttons sends; 0 for nonsense, which nothing is."""
    told = request.POST.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 12 else 0
