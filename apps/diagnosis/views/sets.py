"""Thresholds: versions, what changed, what a draft would find, what people's marks propose."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.pages import paged, take, tell
from apps.diagnosis import permissions, selectors, services
from apps.diagnosis.enums import Fault, SetState
from apps.diagnosis.forms import ThresholdForm
from apps.diagnosis.models import ThresholdSet
from apps.diagnosis.thresholds import DAY, NIGHT, THRESHOLDS
from apps.diagnosis.views._common import reader_of


@login_required
@require_GET
def set_list(request: HttpRequest) -> HttpResponse:
    """Every version, and what people's marks speak for."""
    viewer = reader_of(request)
    services.set_in_force()
    context = paged(request, selectors.list_sets()) | {
        "may_keep": permissions.can_keep(viewer),
        "proposals": services.propose(),
    }
    return render(request, "diagnosis/set_list.html", context)


@login_required
@require_GET
def set_detail(request: HttpRequest, version: int) -> HttpResponse:
    """One version beside the one in force; of a draft also what it would have found."""
    viewer = reader_of(request)
    chosen = selectors.get_set(version)
    is_draft = chosen.state == SetState.DRAFT
    tried = services.try_set(chosen) if is_draft else None
    context = {
        "chosen": chosen,
        "lines": _beside(chosen),
        "tried": tried,
        "counts": [
            (fault.label, tried.before.get(fault.value, 0), tried.after.get(fault.value, 0))
            for fault in Fault
            if tried.before.get(fault.value) or tried.after.get(fault.value)
        ]
        if tried
        else [],
        "may_publish": is_draft and permissions.can_keep(viewer),
    }
    return render(request, "diagnosis/set_detail.html", context)


def _beside(chosen: ThresholdSet) -> list[dict[str, Any]]:
    """Each threshold as in force and as chosen, by day and by night."""
    now, then = services.values_of(services.set_in_force()), services.values_of(chosen)
    return [
        {
            "label": rule.label, "unit": rule.unit,
            "day": f"{then[DAY][rule.code]:g}", "night": f"{then[NIGHT][rule.code]:g}",
            "day_now": f"{now[DAY][rule.code]:g}", "night_now": f"{now[NIGHT][rule.code]:g}",
            "changed": any(now[light][rule.code] != then[light][rule.code] for light in now),
        }
        for rule in THRESHOLDS
    ]  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def set_edit(request: HttpRequest) -> HttpResponse:
    """The next version to write, beginning with the values in force."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    base = services.set_in_force()
    form = ThresholdForm(request.POST or None, base=base)
    if request.method == "POST" and form.is_valid():
        values, note = form.values(), form.cleaned_data["note"]
        saved = take(form, lambda: services.save_draft(viewer, values=values, note=note))
        if saved is not None:
            messages.success(request, _("已保存草稿，请核对试算结果后启用"))
            return redirect("diagnosis:set-detail", version=saved.version)
    status = 422 if form.errors else 200
    return render(request, "diagnosis/set_edit.html", {"form": form, "base": base}, status=status)


@login_required
@require_POST
def set_publish(request: HttpRequest, version: int) -> HttpResponse:
    """A draft put in force."""
    viewer = reader_of(request)
    tell(
        request,
        lambda: services.publish_set(viewer, version=version),
        done=_("已启用，此后的检测按新阈值判定"),
    )
    return redirect("diagnosis:set-detail", version=version)
