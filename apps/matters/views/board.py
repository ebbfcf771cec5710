"""The supervision board: what runs, what is late, who was told, for supervisors and leaders."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import InvalidInput
from apps.matters import selectors
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.views.queues import do_to_many
from apps.matters.views.requests import viewer_of


@login_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board; ``?wall=1`` the same for a large screen, dark and without menu."""
    viewer = viewer_of(request)
    read = selectors.read_board(viewer)
    may_supervise = viewer.has_perm("matters.supervise_case")
    code = "oversight" if may_supervise else "all"
    context: dict[str, Any] = {
        "board": read,
        "queue_url": reverse("matters:queue", kwargs={"code": code}),
        "overdue": [_row(case) for case in read.overdue],
        "warnings": [_row(case) for case in read.warnings],
        "may_supervise": may_supervise,
    }
    is_wall = request.GET.get("wall") == "1"
    return render(request, "matters/board_wall.html" if is_wall else "matters/board.html", context)


@login_required
@require_POST
def board_bulk(request: HttpRequest) -> HttpResponse:
    """Urges or supervises the chosen cases and comes back to the board."""
    try:
        do_to_many(request, viewer_of(request))
    except InvalidInput as refusal:
        messages.error(request, str(refusal))
    return redirect("matters:board")


def _row(case: Case) -> dict[str, Any]:
    return {
        "case": case,
        "state": definition_of(case.version_id, case.version.body).state(case.state),
    }
