"""The rules the system comes with, and which of them a body has taken over."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.alarms import acts, permissions, selectors, services
from apps.alarms.forms import AdoptForm
from apps.alarms.models import AlarmRule
from apps.alarms.registry import all_profiles
from apps.alarms.services.shipping import ShippedRule
from apps.alarms.views._common import reader_of, tabs
from apps.common.pages import status_of, take


@dataclass(frozen=True)
class _Shown:
    """A shipped rule, what it is about, and the rule a body made of it."""

    rule: ShippedRule
    profile: str
    lines: dict[str, str]
    taken: AlarmRule | None


@login_required
@require_http_methods(["GET", "POST"])
def shipped_list(request: HttpRequest) -> HttpResponse:
    """What is shipped with its sources; taken over as drafts, one or all."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    form = AdoptForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        unit, code = form.cleaned_data["unit"], form.cleaned_data["code"]
        codes = {code} if code else None
        made = take(form, lambda: services.adopt_rules(viewer, unit=unit, codes=codes))
        if made is not None:
            messages.success(request, _("已建立 %d 条规则草稿，复核发布后生效") % len(made))
            return redirect("alarms:rule-shipped")
    profiles = all_profiles()
    taken = {rule.shipped: rule for rule in selectors.list_rules(viewer) if rule.shipped}
    rows = [
        _Shown(
            one,
            str(profiles[one.profile].label) if one.profile in profiles else one.profile,
            acts.lines_of(one.body | {"tests": ""}),
            taken.get(one.code),
        )
        for one in services.shipped_rules()
    ]
    context = {
        "rows": rows,
        "form": form,
        "tabs": tabs(viewer, "rule-shipped"),
        "may_edit": viewer.has_perm(permissions.EDIT),
    }
    return render(request, "alarms/rule_shipped.html", context, status=status_of(form))
