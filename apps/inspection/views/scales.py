"""The credit scale: what is in force and was, the draft, who would move, putting in force."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.common.pages import paged, status_of, tell
from apps.inspection import permissions, services
from apps.inspection.enums import Finding, Grade
from apps.inspection.forms import ReasonForm
from apps.inspection.models import CreditScaleDraft
from apps.inspection.scale_forms import SPARE_LINES, ScaleForm
from apps.inspection.selectors import scales
from apps.inspection.selectors.register import scale_of
from apps.inspection.selectors.tenants import tenant_of

SCALE_READERS = (*permissions.READERS, permissions.DRAFT_SCALE, permissions.ENFORCE_SCALE)


def _require_reader(request: HttpRequest) -> None:
    if not any(actor_of(request).has_perm(right) for right in SCALE_READERS):
        raise NotAllowed(_("您没有查看信用评分表的权限"))


@login_required
@require_GET
def scale_detail(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The scale in force or an earlier one, how far objects follow it, and all versions."""
    _require_reader(request)
    viewer = actor_of(request)
    tenant = tenant_of(viewer)
    current = scale_of(tenant.pk).number
    shown = current if number is None else number
    found = scales.get_scale(tenant, shown)
    scale = scales.as_scale(found)
    draft = scales.find_draft(tenant)
    changes = scales.differences(scales.body_of(tenant, shown - 1), scale.body) if shown else []
    context = {
        "scale": scale,
        "version": found,
        "lines": [(row, row.get("months", scale.body["months"])) for row in _told(scale.body)],
        "is_current": shown == current,
        "changes": changes,
        "versions": scales.list_scales(tenant)[:50],
        "given_up": scales.list_given_up(tenant)[:20],
        "run": scales.find_run(tenant),
        "draft": draft,
        "may_draft": permissions.can_draft_scale(viewer, tenant)
        and (draft is None or draft.made_by_id == viewer.pk),
        "may_preview": draft is not None and _may_preview(request, draft),
    }
    return render(request, "inspection/scale_detail.html", context)


def _told(body: Any) -> list[dict[str, Any]]:
    labels = dict(Finding.choices)
    return [
        row | {"finding_label": labels.get(row.get("finding"), "")} for row in body["behaviours"]
    ]


@login_required
@require_http_methods(["GET", "POST"])
def scale_edit(request: HttpRequest) -> HttpResponse:
    """The draft of the viewer, begun from the scale in force."""
    viewer = actor_of(request)
    tenant = tenant_of(viewer)
    draft = scales.find_draft(tenant)
    if not permissions.can_draft_scale(viewer, tenant):
        raise NotAllowed(_("您没有起草信用评分表的权限"))
    if draft is not None and draft.made_by_id != viewer.pk:
        messages.error(request, _("已有%s起草的版本") % draft.made_by.full_name)
        return redirect("inspection:scale")
    body = draft.body if draft is not None else scale_of(tenant.pk).body
    if request.method == "POST":
        form = ScaleForm(request.POST, lines=ScaleForm.lines_of(request.POST))
        if form.is_valid():
            try:
                services.save_scale_draft(
                    viewer, tenant=tenant, body=form.body, reason=form.cleaned_data["reason"]
                )
            except InvalidInput as error:
                form.refuse(error)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                more = "more" in request.POST
                messages.success(request, _("草稿已保存"))
                return redirect("inspection:scale-edit" if more else "inspection:scale-preview")
    else:
        initial = ScaleForm.initial_of(body, draft.reason if draft is not None else "")
        form = ScaleForm(initial=initial, lines=len(body["behaviours"]) + SPARE_LINES)
    context = {"form": form, "draft": draft}
    return render(request, "inspection/scale_edit.html", context, status=status_of(form))


@login_required
@require_GET
def scale_preview(request: HttpRequest) -> HttpResponse:
    """What a draft changes and who would change grade; its second person puts it in force."""
    viewer = actor_of(request)
    draft = _draft_of(request)
    tenant = draft.tenant
    preview = scales.preview_scale(tenant, draft.body)
    page = paged(request, list(preview.moves))
    context = page | {
        "draft": draft,
        "preview": preview,
        "moves": scales.named_moves(page["rows"]),
        "changes": scales.differences(scale_of(tenant.pk).body, draft.body),
        "grades": Grade.values,
        "is_maker": draft.made_by_id == viewer.pk,
        "may_enforce": permissions.can_enforce_scale(viewer, draft),
        "give_up": ReasonForm(auto_id="give_up_%s"),
    }
    return render(request, "inspection/scale_preview.html", context)


@login_required
@require_POST
def scale_enforce(request: HttpRequest) -> HttpResponse:
    """Puts the draft that was looked at in force."""
    actor = actor_of(request)
    draft = _draft_of(request)
    sent = request.POST.get("revision", "")
    revision = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else 0
    done = tell(
        request,
        lambda: services.enforce_scale(actor, draft_id=draft.pk, revision=revision),
        done=_("新评分表已启用，正在后台重新计算各对象的信用"),
    )
    return redirect("inspection:scale" if done else "inspection:scale-preview")


@login_required
@require_POST
def scale_discard(request: HttpRequest) -> HttpResponse:
    """Gives the draft up."""
    actor = actor_of(request)
    draft = _draft_of(request)
    reason = request.POST.get("reason", "")
    done = tell(
        request,
        lambda: services.discard_scale_draft(actor, draft_id=draft.pk, reason=reason),
        done=_("草稿已放弃，现行评分表不变"),
    )
    return redirect("inspection:scale" if done else "inspection:scale-preview")


def _may_preview(request: HttpRequest, draft: CreditScaleDraft) -> bool:
    viewer = actor_of(request)
    return draft.made_by_id == viewer.pk or permissions.can_enforce_scale(viewer, draft)


def _draft_of(request: HttpRequest) -> CreditScaleDraft:
    """The open draft, for its maker and for who may put it in force."""
    draft = scales.find_draft(tenant_of(actor_of(request)))
    if draft is None or not _may_preview(request, draft):
        raise NotFound(_("没有待启用的评分表草稿，或您无权查看"))
    return draft
