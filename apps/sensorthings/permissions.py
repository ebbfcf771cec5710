"""Who reads and writes here: people by their rights, programs by their scopes besides."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import User
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.sensing.permissions import require_keep, require_reader
from apps.sensorthings.resources import READ, WRITE


class ReaderOrWriter(BasePermission):
    """Reading asks a client for one scope, writing for the other.

    A person needs the right to see devices, and to write the right to keep them. What entities a
    client's account may write is asked by the services; its readings it may bring of every
    device it reaches, as through the door of ``sensing``.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        is_reading = request.method in {"GET", "HEAD", "OPTIONS"}
        if not HasScope(READ if is_reading else WRITE)().has_permission(request, view):
            return False
        if not isinstance(request.auth, ApiClient) and isinstance(request.user, User):
            (require_reader if is_reading else require_keep)(request.user)
        return True
