"""The approval pages: what waits, one change in plain words, the decision."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.approvals import selectors, services
from apps.accounts.approvals.forms import DecisionForm
from apps.accounts.approvals.registry import all_acts, get_act
from apps.accounts.assurance.demands import require
from apps.accounts.models import HeldChange, User
from apps.common import clock
from apps.common.errors import DomainError

PAGE_SIZE = 20
State = HeldChange.State
TAB_LABELS = {
    "waiting": gettext_lazy("待我复核"),
    "filed": gettext_lazy("我提交的"),
    "decided": gettext_lazy("已办结"),
}
LEVELS = {
    State.PENDING: "action",
    State.APPROVED: "done",
    State.CONFIRMED: "done",
    State.UNREVIEWED: "over",
    State.OBJECTED: "over",
    State.FAILED: "over",
    State.STALE: "soon",
    State.EXPIRED: "soon",
}
DONE_WORDS = {
    "approve": gettext_lazy("已批准并执行。"),
    "refuse": gettext_lazy("已退回，未作任何改动。"),
    "confirm": gettext_lazy("已补复核：认可。"),
    "object": gettext_lazy("已补复核：不认可。请尽快纠正该项改动。"),
}


@login_required
@require_GET
def approval_list(request: HttpRequest) -> HttpResponse:
    viewer = cast(User, request.user)
    tab = request.GET.get("tab", "")
    tab = tab if tab in selectors.TABS else "waiting"
    act, state = request.GET.get("act", ""), request.GET.get("state", "")
    acts = all_acts()
    filters = {
        "query": request.GET.get("q", "").replace("\0", "")[:60],
        "act": act if act in {a.code for a in acts} else "",
        "state": state if state in State.values else "",
    }
    found = selectors.list_changes(viewer, tab=tab, **filters)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "tab_items": [
            {
                "label": label,
                "url": f"?tab={code}",
                "current": code == tab,
                "count": selectors.waiting_for(viewer).count() if code == "waiting" else None,
            }
            for code, label in TAB_LABELS.items()
        ],
        "filters": filters,
        "acts": acts,
        "states": State.choices,
        "page": page,
        "rows": [_row(change) for change in page.object_list],
    }
    return render(request, "accounts/approvals/approval_list.html", context)


@login_required
@require_GET
def approval_detail(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = cast(User, request.user)
    return _detail(request, selectors.get_change(viewer, pk))


@login_required
@require_POST
def approval_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One form, two buttons: ``deed`` is approve or refuse, confirm or object."""
    viewer = cast(User, request.user)
    change = selectors.get_change(viewer, pk)
    form = DecisionForm(request.POST)
    deed = request.POST.get("deed", "")
    if deed not in DONE_WORDS:
        raise Http404
    if not form.is_valid():
        return _detail(request, change, form=form, status=400)
    require(request, "rights.change")
    try:
        secret = _decide(viewer, change, deed, **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        change = selectors.get_change(viewer, pk)
        return _detail(request, change, form=form, status=error.status)
    if secret:
        return _show_secret(request, change, secret)
    messages.success(request, DONE_WORDS[deed])
    return redirect("accounts:approval-detail", pk)


@login_required
@require_POST
def approval_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    services.withdraw_change(cast(User, request.user), change_id=pk)
    messages.success(request, _("已撤回。"))
    return redirect("accounts:approval-detail", pk)


def _decide(viewer: User, change: HeldChange, deed: str, *, digest: str, note: str) -> str:
    """Gives what must be shown once, if there is such a thing."""
    if deed == "approve":
        decided = services.approve_change(viewer, change_id=change.pk, digest=digest, note=note)
        return decided.result.secret
    if deed == "refuse":
        services.refuse_change(viewer, change_id=change.pk, note=note)
    else:
        services.review_change(
            viewer, change_id=change.pk, digest=digest, is_confirmed=deed == "confirm", note=note
        )
    return ""


def _detail(
    request: HttpRequest,
    change: HeldChange,
    *,
    form: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer = cast(User, request.user)
    act = get_act(change.act)
    is_waiting = change.state in selectors.WAITING
    obstacle = selectors.obstacle(viewer, change) if is_waiting else ""
    is_usable = (
        act.link is not None and change.state == State.APPROVED and change.maker_id == viewer.pk
    )
    context = _row(change) | {
        "lines": act.describe(change.payload),
        "checkers": selectors.checkers_of(change) if is_waiting else [],
        "obstacle": obstacle,
        "may_decide": is_waiting and not obstacle,
        "may_withdraw": change.state == State.PENDING and change.maker_id == viewer.pk,
        "link": act.link(change.pk, change.payload) if act.link and is_usable else "",
        "form": form or DecisionForm(initial={"digest": change.digest}),
    }
    return render(request, "accounts/approvals/approval_detail.html", context, status=status)


def _row(change: HeldChange) -> dict[str, Any]:
    is_alone = change.state in (State.UNREVIEWED, State.CONFIRMED, State.OBJECTED)
    return {
        "change": change,
        "act": get_act(change.act),
        "level": LEVELS.get(State(change.state), ""),
        "is_alone": is_alone,
        "is_waiting": change.state in selectors.WAITING,
        "is_overdue": change.state == State.UNREVIEWED and change.expires_at <= clock.now(),
    }


def _show_secret(request: HttpRequest, change: HeldChange, secret: str) -> HttpResponse:
    """Shown on this one answer and kept nowhere."""
    context = {"person": change.concerned, "password": secret}
    response = render(request, "accounts/person_password.html", context)
    response["Cache-Control"] = "no-store"
    return response
