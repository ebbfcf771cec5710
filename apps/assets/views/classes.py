"""Classes of things: the list, and the fields of one class."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.assets import own_fields, permissions, selectors, services
from apps.assets.views._common import reader_of
from apps.common.errors import DomainError
from apps.common.forms_data.rows import field_rows, fields_of
from apps.common.pages import paged


@login_required
@require_GET
def class_list(request: HttpRequest) -> HttpResponse:
    """What kinds of things there are, and what is asked of each beside the common columns."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_classes())
    context["rows"] = [(kind, own_fields.columns_of([kind])) for kind in context["rows"]]
    context["may_define"] = permissions.can_define(viewer)
    return render(request, "assets/class_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def class_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The fields of one class, in rows."""
    viewer = reader_of(request)
    permissions.require_define(viewer)
    kind = selectors.get_class(code)
    rows = field_rows(own_fields.entries_of(kind), request.POST or None, prefix="fields")
    refused = ""
    if request.method == "POST" and rows.is_valid():
        try:
            services.set_class_fields(viewer, code=code, fields=fields_of(rows))
        except DomainError as error:
            refused = str(error)
        else:
            messages.success(request, _("已保存“%(name)s”的自有字段") % {"name": kind.name})
            return redirect("assets:class-list")
    context = {"kind": kind, "rows": rows, "refused": refused}
    status = 422 if request.method == "POST" else 200
    return render(request, "assets/class_edit.html", context, status=status)
