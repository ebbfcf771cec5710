"""How far neighbours may differ: the rules, and one to write."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of
from apps.common.pages import paged, take
from apps.observing import services
from apps.observing.forms import RuleForm
from apps.sensing.enums import FieldKind
from apps.sensing.models import ProfileField
from apps.sensing.permissions import can_keep_profiles, require_keep_profiles, require_reader


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every field of numbers, with its rule where it has one."""
    viewer = actor_of(request)
    require_reader(viewer)
    fields = ProfileField.objects.filter(kind=FieldKind.NUMBER, profile__is_active=True)
    fields = fields.select_related("profile", "neighbour_rule")
    context = paged(request, fields.order_by("profile__code", "position"))
    context["may_keep"] = can_keep_profiles(viewer)
    return render(request, "observing/rule_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, field_id: int) -> HttpResponse:
    """The rule of one field."""
    viewer = actor_of(request)
    require_keep_profiles(viewer)
    fields = ProfileField.objects.select_related("profile", "neighbour_rule")
    field = get_object_or_404(fields, pk=field_id, kind=FieldKind.NUMBER)
    rule = getattr(field, "neighbour_rule", None)
    names = list(RuleForm.base_fields)
    initial: dict[str, Any] = {name: getattr(rule, name) for name in names} if rule else {}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_rule(viewer, field_id=field_id, spec=spec))
        if saved is not None:
            messages.success(request, _("已保存“%(name)s”的比对规则") % {"name": field.name})
            return redirect("observing:rule-list")
    context = {"form": form, "field": field}
    status = 422 if request.method == "POST" else 200
    return render(request, "observing/rule_edit.html", context, status=status)
