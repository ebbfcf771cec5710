"""Kinds of commands: the list, and one to write."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.commanding import permissions, selectors, services
from apps.commanding.forms import KindForm, initial_of
from apps.commanding.views._common import reader_of
from apps.common.forms_data.rows import field_rows, fields_of
from apps.common.pages import paged, take


@login_required
@require_GET
def kind_list(request: HttpRequest) -> HttpResponse:
    """What devices of each profile can be told."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_kinds())
    context["may_keep"] = permissions.can_keep_kinds(viewer)
    return render(request, "commanding/kind_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def kind_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One kind, a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep_kinds(viewer)
    kind = selectors.get_kind(pk) if pk is not None else None
    data = request.POST or None
    form = KindForm(data, initial=initial_of(kind))
    fields = kind.parameters.get("fields", []) if kind is not None else []
    rows = field_rows(fields, data, prefix="fields")
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        spec = form.spec(fields_of(rows))
        if take(form, lambda: services.save_kind(viewer, spec=spec, kind_id=pk)):
            messages.success(request, _("已保存命令“%(name)s”") % {"name": spec.name})
            return redirect("commanding:kind-list")
    context = {"form": form, "rows": rows, "kind": kind}
    status = 422 if request.method == "POST" else 200
    return render(request, "commanding/kind_edit.html", context, status=status)
