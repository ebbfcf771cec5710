"""Who may open the pages of map data, and how a big file gets in."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.geodata import permissions
from apps.geodata.reading import MAX_BYTES

View = Callable[..., HttpResponseBase]


def keeper_required(view: View) -> View:
    """Will let in only those who keep map data of some unit."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not permissions.can_keep_anywhere(actor_of(request)):
            raise NotAllowed(_("需要“导入和维护地图数据”权限"))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


class Quota(FileUploadHandler):
    """Stops a file that goes beyond the limit while it comes in, before it fills the disk."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._seen += len(raw_data)
        if self._seen > MAX_BYTES:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
