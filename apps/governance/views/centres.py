"""Centres: all of them, one with what came and went, its scores."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.pages import put_into, status_of, tell
from apps.governance import permissions
from apps.governance.enums import CentreLevel
from apps.governance.forms.centres import CentreForm, ReplyForm, ScoreForm
from apps.governance.models import Centre
from apps.governance.selectors import centres as reads
from apps.governance.selectors import disputes
from apps.governance.services import centres

readers = any_right(permissions.VIEW, permissions.MEDIATE)


@readers
@require_GET
def centre_list(request: HttpRequest) -> HttpResponse:
    """Centres the viewer sees, from the top."""
    viewer = actor_of(request)
    context = {
        "centres": reads.list_centres(viewer),
        "may_keep": viewer.has_perm(permissions.KEEP_CENTRES),
    }
    return render(request, "governance/centre_list.html", context)


@readers
@require_GET
def centre_detail(request: HttpRequest, centre_id: int) -> HttpResponse:
    """One centre: what lies there, came, went; scores sent and received."""
    return _page(request, reads.get_centre(actor_of(request), centre_id))


def _page(request: HttpRequest, centre: Centre, **shown: Any) -> HttpResponse:
    viewer = actor_of(request)
    may = permissions.can_mediate_in(viewer, centre)
    below = [c for c in reads.list_centres(viewer) if c.parent_id == centre.pk]
    context: dict[str, Any] = {
        "centre": centre,
        "tallies": reads.tallies_of(centre),
        "passings": list(reads.list_passings(centre)),
        "scores": list(reads.list_scores(centre)),
        "below": below,
        "urgent": disputes.list_disputes(viewer, tab="open", centre_id=centre.pk)[:10],
        "may": may,
        "may_keep": permissions.can_keep_centres(viewer, centre.tenant_id),
        "now": clock.now(),
        "reply_form": ReplyForm(),
    }
    if may and centre.children.exists():
        context["score_form"] = ScoreForm(centre=centre)
    context |= shown
    status = status_of(*shown.values())
    return render(request, "governance/centre_detail.html", context, status=status)


@any_right(permissions.KEEP_CENTRES)
@require_http_methods(["GET", "POST"])
def centre_edit(request: HttpRequest, centre_id: int | None = None) -> HttpResponse:
    """A new centre, or one changed."""
    actor = actor_of(request)
    centre = reads.get_centre(actor, centre_id) if centre_id is not None else None
    tenant = centre.tenant if centre is not None else reads.tenant_of(actor)
    names = ("level", "name", "unit", "parent", "is_active")
    initial = {name: getattr(centre, name) for name in names} if centre else None
    form = CentreForm(request.POST or None, tenant=tenant, initial=initial)
    if form.is_valid():
        d = form.cleaned_data
        try:
            saved = centres.save_centre(
                actor,
                tenant=tenant,
                level=CentreLevel(d["level"]),
                name=d["name"],
                unit=d["unit"],
                parent=d["parent"],
                is_active=d["is_active"],
                centre_id=centre_id,
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已保存"))
            return redirect("governance:centre", centre_id=saved.pk)
    context = {"form": form, "centre": centre}
    return render(request, "governance/centre_form.html", context, status=status_of(form))


@any_right(permissions.MEDIATE)
@require_POST
def score_send(request: HttpRequest, centre_id: int) -> HttpResponse:
    """Passes a score down."""
    actor = actor_of(request)
    centre = reads.get_centre(actor, centre_id)
    form = ScoreForm(request.POST, centre=centre)
    if form.is_valid():
        d = form.cleaned_data
        try:
            centres.send_score(
                actor,
                sender_id=centre.pk,
                receiver_id=d["receiver"].pk,
                month=d["month"],
                title=d["title"],
                score=d["score"],
                place=d["place"],
                text=d["text"],
            )
        except InvalidInput as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已下发，等待下级中心签收"))
            return redirect("governance:centre", centre_id=centre.pk)
    return _page(request, centre, score_form=form)


@any_right(permissions.MEDIATE)
@require_POST
def score_read(request: HttpRequest, centre_id: int, notice_id: int) -> HttpResponse:
    """Signs for a score."""
    tell(
        request,
        lambda: centres.acknowledge_score(
            actor_of(request), notice_id=notice_id, reply=request.POST.get("reply", "")
        ),
        done=_("已签收"),
    )
    return redirect("governance:centre", centre_id=centre_id)
