"""Recordings and cards read for a form; nothing is written, the person confirms each value."""

from django.contrib.auth.decorators import login_required
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.accounts.signed_in import actor_of
from apps.assist import services
from apps.assist.enums import Place
from apps.assist.services import Given
from apps.common.errors import DomainError, InvalidInput

_ASKED_FROM = {Place.DESK, Place.FIELD, Place.FILE}
LABELS = {
    "text": gettext_lazy("录音内容"),
    "name": gettext_lazy("姓名"),
    "gender": gettext_lazy("性别"),
    "nation": gettext_lazy("民族"),
    "born_on": gettext_lazy("出生日期"),
    "address": gettext_lazy("住址"),
    "id_number": gettext_lazy("证件号码"),
}


@login_required
@require_POST
def speech(request: HttpRequest) -> HttpResponse:
    """Will show what a recording says (fragment)."""
    person = actor_of(request)
    try:
        given = services.read_speech(person, recording=_file(request), place=_place(request))
    except DomainError as error:
        return _refused(request, error)
    return _shown(request, given)


@login_required
@require_POST
def card(request: HttpRequest) -> HttpResponse:
    """Will show what stands on a card (fragment)."""
    person = actor_of(request)
    try:
        given = services.read_card(person, picture=_file(request), place=_place(request))
    except DomainError as error:
        return _refused(request, error)
    return _shown(request, given)


def _file(request: HttpRequest) -> "File[bytes]":
    found = request.FILES.get("file")
    if found is None:
        raise InvalidInput(_("请选择文件"), field="file")
    return found


def _place(request: HttpRequest) -> Place:
    asked = request.POST.get("place", "")
    return Place(asked) if asked in _ASKED_FROM else Place.FIELD


def _shown(request: HttpRequest, given: Given) -> HttpResponse:
    values = [
        {
            "name": one.name,
            "label": LABELS[one.name],
            "value": one.value,
            "percent": None if one.confidence is None else round(one.confidence * 100),
        }
        for one in given.values
    ]
    return render(request, "assist/_given.html", {"given": given, "values": values})


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal is words for the person beside the form, so it comes with 200 for the fragment."""
    return render(request, "assist/_given.html", {"refusal": str(error)})
