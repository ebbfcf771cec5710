from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.common.errors import DomainError, InvalidInput
from apps.common.phrases import points


def tell(request: HttpRequest, error: DomainError) -> None:
    """Will show a refusal on the next page, with the cells it names."""
    problems = error.data.get("problems")
    lines = [p["text"] if isinstance(p, dict) else str(p) for p in problems or []]
    messages.error(request, points(lines[:10]) if lines else str(error))


def revision_of(request: HttpRequest) -> int:
    """Will give the revision of the draft the page was drawn from. Raises: InvalidInput."""
    text = request.POST.get("revision", "")
    if not text.isdigit() or len(text) > 9:
        raise InvalidInput(_("页面已过期，请刷新后再改"), field="revision")
    return int(text)


def to_version(code: str, number: int, place: str = "") -> HttpResponse:
    """Will lead to a version's page; place: what stands behind its address."""
    target = redirect("rules:version-detail", code=code, number=number)
    target["Location"] += place
    return target
