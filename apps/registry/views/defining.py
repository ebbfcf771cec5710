"""Types of special groups and further fields, as the keepers of definitions change them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import InvalidInput
from apps.common.forms_data.rows import field_rows, fields_of
from apps.common.pages import take, tell
from apps.registry import permissions, services
from apps.registry.enums import FileKind
from apps.registry.forms.defining import BodyRows, FileForm, TypeForm
from apps.registry.models import SpecialType
from apps.registry.selectors.files import tenant_of
from apps.registry.selectors.values import field_set
from apps.registry.views._common import holds


@holds(permissions.DEFINE)
@require_GET
def type_list(request: HttpRequest) -> HttpResponse:
    """The types of the body, and the further fields of each kind of file."""
    tenant = tenant_of(actor_of(request), permissions.DEFINE)
    context = {
        "types": SpecialType.objects.filter(tenant=tenant).prefetch_related("roles"),
        "kinds": [(code, label, field_set(code)) for code, label in FileKind.choices],
    }
    return render(request, "registry/type_list.html", context)


@holds(permissions.DEFINE)
@require_POST
def types_ship(request: HttpRequest) -> HttpResponse:
    """Adds the types the product comes with."""
    tell(
        request,
        lambda: services.add_shipped_types(actor_of(request)),
        done=lambda n: _("已加入%d类，可按本地要求修改") % n,
    )
    return redirect("registry:type-list")


@holds(permissions.DEFINE)
@require_http_methods(["GET", "POST"])
def type_edit(request: HttpRequest, type_id: int | None = None) -> HttpResponse:
    """A new type, or one that is changed, in rows; what is wrong is told at its row."""
    viewer = actor_of(request)
    kind = _get_type(viewer, type_id) if type_id is not None else None
    data = request.POST or None
    form = TypeForm(data, initial=_stated(kind))
    rows = BodyRows(kind.body if kind else services.shipped_body(), data)
    if kind is not None:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid() & rows.is_valid():
        given = form.cleaned_data | {"roles": list(form.cleaned_data["roles"])}
        saved = take(
            form,
            lambda: services.save_type(viewer, type_id=type_id, body=rows.body(), **given),
        )
        if saved is not None:
            messages.success(request, _("重点人员类型已保存"))
            return redirect("registry:type-list")
    context = {
        "form": form,
        "sections": rows.sections(),
        "kind": kind,
        "file_form": FileForm(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/type_edit.html", context, status=status)


@holds(permissions.DEFINE)
@require_GET
def type_export(request: HttpRequest, type_id: int) -> HttpResponse:
    """The definition of a type as a file, to be kept or carried to another city."""
    kind = _get_type(actor_of(request), type_id)
    return _file(kind.body, f"{kind.code}-v{kind.number}.json")


@holds(permissions.DEFINE)
@require_POST
def type_import(request: HttpRequest, type_id: int) -> HttpResponse:
    """The definition of a type from a file, checked as a typed one."""
    viewer, form = actor_of(request), FileForm(request.POST, request.FILES)
    kind = _get_type(viewer, type_id)
    tell(
        request,
        lambda: services.save_type(
            viewer, type_id=type_id, **(_stated(kind) | {"body": _read(form)})
        ),
        done=_("已按文件更新定义"),
    )
    return redirect("registry:type-edit", type_id)


@holds(permissions.DEFINE)
@require_http_methods(["GET", "POST"])
def fields_edit(request: HttpRequest, kind: str) -> HttpResponse:
    """A new version of the further fields of a kind, in rows."""
    found = _fields_of(kind)
    data = request.POST or None
    rows = field_rows(found["fields"], data, prefix="fields")
    if request.method == "POST" and rows.is_valid():
        done = tell(
            request,
            lambda: services.define_fields(
                actor_of(request), kind=kind, body={"fields": fields_of(rows)}
            ),
            done=_("扩展字段新版本已启用"),
        )
        if done:
            return redirect("registry:type-list")
    context = {
        "rows": rows,
        "kind": kind,
        "kind_label": FileKind(kind).label,
        "file_form": FileForm(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/fields_edit.html", context, status=status)


@holds(permissions.DEFINE)
@require_GET
def fields_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The further fields of a kind as a file."""
    return _file(_fields_of(kind), f"fields-{kind}.json")


@holds(permissions.DEFINE)
@require_POST
def fields_import(request: HttpRequest, kind: str) -> HttpResponse:
    """A new version of the further fields of a kind from a file."""
    _fields_of(kind)
    form = FileForm(request.POST, request.FILES)
    tell(
        request,
        lambda: services.define_fields(actor_of(request), kind=kind, body=_read(form)),
        done=_("扩展字段新版本已启用"),
    )
    return redirect("registry:fields-edit", kind)


def _get_type(viewer: User, type_id: int) -> SpecialType:
    tenant = tenant_of(viewer, permissions.DEFINE)
    return get_object_or_404(SpecialType, tenant=tenant, pk=type_id)


def _stated(kind: SpecialType | None) -> dict[str, Any]:
    """What a type says besides its body; of a new one what is usual."""
    if kind is None:
        return {"escalation_days": 3, "is_active": True}
    named = ("code", "name", "escalation_days", "is_active")
    return {name: getattr(kind, name) for name in named} | {"roles": list(kind.roles.all())}


def _fields_of(kind: str) -> dict[str, Any]:
    if kind not in FileKind.values:
        raise Http404
    found = field_set(kind)
    return {"fields": found.body["fields"]} if found else {"fields": []}


def _read(form: FileForm) -> Any:
    if not form.is_valid():
        raise InvalidInput(form.errors["file"][0], field="file")
    return form.cleaned_data["file"]


def _file(body: dict[str, Any], name: str) -> HttpResponse:
    return JsonResponse(
        body,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
