"""What the pages of this app share."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.files import store
from apps.common.models import StoredFile
from apps.grid import permissions

FILES_MOST = 9


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person who may read events. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def stored_pictures(uploads: Sequence[Any]) -> tuple[list[StoredFile], list[str]]:
    """Will keep the uploaded pictures and give them with their names. Raises: InvalidInput."""
    chosen = list(uploads)[:FILES_MOST]
    kept = [store(upload, allow=frozenset({"image"})) for upload in chosen]
    return kept, [str(upload.name)[:120] for upload in chosen]
