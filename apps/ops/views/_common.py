"""What the pages of this app share."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import files
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.common.pages import tabs_of
from apps.ops import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person where they have to do with orders. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def keeper_of(request: HttpRequest) -> User:
    """Will give the signed-in person where they keep contracts and plans. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    return viewer


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages the viewer may open."""
    pages = [
        ("order-list", _("运维工单"), True),
        ("calendar", _("保养日历"), viewer.has_perm(permissions.CONFIRM)),
        ("plan-list", _("保养计划"), permissions.can_keep(viewer)),
        ("contract-list", _("维保合同"), permissions.can_keep(viewer)),
        ("level-list", _("等级与类型"), permissions.can_keep(viewer)),
    ]
    shown = ((name, label) for name, label, is_open in pages if is_open)
    return tabs_of("ops", current, shown)


def take_pictures(
    form: forms.Form, field: str, uploads: Iterable[UploadedFile]
) -> list[StoredFile]:
    """Will keep uploaded pictures; what is no picture is an error at the field."""
    kept = []
    for upload in uploads:
        try:
            kept.append(files.store(upload, allow=frozenset({"image"})))
        except InvalidInput as error:
            form.add_error(field, str(error))
    return kept
