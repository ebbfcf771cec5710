"""Likely duplicates of accounts, and merging two of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.assurance.demands import require
from apps.accounts.duplicates import acts
from apps.accounts.duplicates.reading import list_pairs
from apps.accounts.duplicates.services import plan_merge
from apps.accounts.views._common import UserRequest, people_page, refused, submitted
from apps.common.errors import DomainError, NotAllowed
from apps.common.pages import paged


@people_page
@require_GET
def duplicate_list(request: UserRequest) -> HttpResponse:
    """Pairs that look like one person, with the reasons."""
    _require_keeper(request)
    context = paged(request, list_pairs(request.user))
    return render(request, "accounts/duplicates/list.html", context)


@people_page
@require_http_methods(["GET", "POST"])
def duplicate_merge(request: UserRequest, kept_id: int, dropped_id: int) -> HttpResponse:
    """What would move and what would end; sent, it waits for a second person."""
    _require_keeper(request)
    kept, dropped = (selectors.get_user(request.user, pk) for pk in (kept_id, dropped_id))
    form = ReasonForm(request.POST or None)
    plan, obstacle = None, ""
    try:
        plan = plan_merge(request.user, kept_id=kept.pk, dropped_id=dropped.pk)
        if request.method == "POST" and form.is_valid():
            require(request, "rights.change")
            reason = form.cleaned_data["reason"]
            proposal = acts.proposal_of(request.user, plan, reason=reason)
            return submitted(request, proposal, reason=reason, is_alone=False)
    except DomainError as error:
        if plan is None:
            obstacle = str(error)
        else:
            refused(form, error)
    context = {
        "kept": kept,
        "dropped": dropped,
        "plan": plan,
        "obstacle": obstacle,
        "form": form,
        "held": find_pending(act=acts.MERGE, subject_id=kept.pk),
    }
    status = 422 if form.is_bound and (obstacle or form.errors) else 200
    return render(request, "accounts/duplicates/merge.html", context, status=status)


def _require_keeper(request: UserRequest) -> None:
    scope = selectors.scope_for(request.user, "accounts.manage_people")
    if not (scope.everything or scope.tenant_ids):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))
