"""Tables: the list, a new one, and the version people mean when they open one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed
from apps.rules import permissions, selectors, services
from apps.rules.forms import ColumnsForm, TableForm, UploadForm
from apps.rules.models import RuleTable
from apps.rules.views.versions import version_detail


@login_required
@require_GET
def table_list(request: HttpRequest) -> HttpResponse:
    viewer = actor_of(request)
    if not selectors.may_view(viewer):
        raise NotAllowed(_("您没有查看规则的权限"))
    return render(
        request,
        "rules/table_list.html",
        {
            "tables": selectors.list_tables(viewer),
            "may_create": viewer.has_perm(permissions.EDIT),
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def table_create(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not actor.has_perm(permissions.EDIT):
        raise NotAllowed(_("您没有编写规则的权限"))
    form = TableForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            table = services.create_table(actor, **form.cleaned_data)
            return redirect("rules:table-detail", code=table.code)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return render(request, "rules/table_create.html", {"form": form})


@login_required
@require_GET
def table_detail(request: HttpRequest, code: str) -> HttpResponse:
    table = selectors.get_table(actor_of(request), code=code)
    published = selectors.get_published(code)
    number = published.number if published else getattr(table, "newest_number", None)
    if number is None:
        return _first_draft(request, table)
    return version_detail(request, code, number)


def _first_draft(request: HttpRequest, table: RuleTable) -> HttpResponse:
    vocabulary = selectors.vocabulary_of(table)
    context = {
        "table": table,
        "columns_form": ColumnsForm(vocabulary),
        "upload_form": UploadForm(),
        "may_edit": permissions.can_edit(actor_of(request), table),
    }
    return render(request, "rules/table_empty.html", context)
