"""What the views of this door share: the client's address, pictures, whole numbers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from apps.audit.middleware import client_address
from apps.common import files
from apps.common.errors import DomainError, InvalidInput
from apps.common.models import StoredFile
from apps.hotline.citizen import tokens
from apps.hotline.citizen.tokens import PHOTOS_MOST, Photo, photo
from apps.matters.services import NewFile


def address_of(request: HttpRequest) -> str:
    """Will give the client's address as far as it can be believed."""
    return client_address(request) or ""


def problem_of(request: HttpRequest, token: str) -> DomainError | None:
    """Will give what speaks for a program instead of a person, in words to act on."""
    if request.POST.get("website"):
        return InvalidInput(_("提交未被接受：请把隐藏栏位清空后再试"))
    if tokens.form_id(token, min_seconds=settings.CITIZEN_MIN_FILL_SECONDS) is not None:
        return None
    if tokens.form_id(token, min_seconds=0) is not None:
        return InvalidInput(_("提交得太快了，内容已保留，请核对后再点一次"))
    return InvalidInput(_("页面打开太久已失效，内容已保留，请核对后重新提交"))


def take_photos(request: HttpRequest, *, already: list[Photo]) -> list[Photo]:
    """Will store the pictures just sent and add them to those taken before.

    Raises: InvalidInput (field "file": too many, too large, not a picture).
    """
    sent = [upload for upload in request.FILES.getlist("photos") if upload]
    if len(already) + len(sent) > PHOTOS_MOST:
        raise InvalidInput(
            _("照片最多%(most)s张，请去掉一些") % {"most": PHOTOS_MOST}, field="file"
        )
    images = frozenset({"image"})
    stored = [(files.store(upload, allow=images), upload.name or "") for upload in sent]
    return already + [photo(kept.pk, name) for kept, name in stored]


def as_new_files(photos: list[Photo]) -> list[NewFile]:
    """Will give the stored rows for the engine, each once."""
    rows = StoredFile.objects.in_bulk([p.file_id for p in photos])
    names = {p.file_id: p.name for p in photos}
    return [NewFile(rows[pk], name) for pk, name in names.items() if pk in rows]


def whole_number(text: str | None) -> int | None:
    """Will give a positive database id, else None."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def private(response: HttpResponse) -> HttpResponse:
    """Will keep an answer out of every cache: it is one reporter's own."""
    add_never_cache_headers(response)
    return response
