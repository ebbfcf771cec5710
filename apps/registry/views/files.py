"""Files: search, one file with its links, entry, and settling what two people said."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.masking import mask_phone
from apps.common.pages import paged, put_into, status_of, tell
from apps.places.selectors import full_name
from apps.registry import permissions, selectors, services
from apps.registry.enums import EditState, FileKind
from apps.registry.forms.files import (
    CycleForm,
    FileFilterForm,
    PurposeForm,
    ReasonForm,
    SettleForm,
    file_form,
    sent_values,
)
from apps.registry.models import Edit, RegistryFile
from apps.registry.selectors import care, links
from apps.registry.selectors.cycles import CYCLED, cycle_of
from apps.registry.selectors.files import get_edit, is_exact_number, list_conflicts, list_edits
from apps.registry.selectors.pictures import picture_pass, pictures_masked
from apps.registry.selectors.values import masked, shown_address, shown_fields, shown_title
from apps.registry.views._common import holds, may, reader_required

EDITS_SHOWN, VISITS_SHOWN = 30, 10


@reader_required
@require_GET
def file_list(request: HttpRequest) -> HttpResponse:
    """One search over all kinds; who looks for an identity number is logged."""
    viewer = actor_of(request)
    form = FileFilterForm(request.GET, viewer=viewer)
    wanted = form.wanted()
    context = paged(request, selectors.list_files(viewer, **wanted))
    rows = context.pop("rows")
    if is_exact_number(wanted["text"]):
        services.log_search(viewer, found=len(rows))
    context |= {
        "form": form,
        "rows": [as_row(row) for row in rows],
        "kinds": FileKind.choices,
        "may_write": any(viewer.has_perm(right) for right in permissions.WRITERS),
        "may_export": viewer.has_perm(permissions.EXPORT),
        "waiting": list_conflicts(viewer).count() if viewer.has_perm(permissions.KEEP) else 0,
    }
    return render(request, "registry/file_list.html", context)


def as_row(file: RegistryFile) -> dict[str, Any]:
    """Will give a file as lists show it."""
    return {
        "file": file,
        "title": shown_title(file),
        "address": shown_address(file),
        "phone": mask_phone(file.phone),
        "number": file.person.id_shown if file.kind == FileKind.PERSON else "",
    }


@reader_required
@require_GET
def file_detail(request: HttpRequest, file_id: int) -> HttpResponse:
    """One file: fields masked, links by kind, people and leases of a house, history."""
    file = selectors.get_file(actor_of(request), file_id)
    services.log_reading(actor_of(request), file)
    return _show(request, file)


@reader_required
@require_POST
@never_cache
def file_reveal(request: HttpRequest, file_id: int) -> HttpResponse:
    """The same page with the fields as they are, once a purpose was given."""
    require(request, "personal.reveal")
    file = selectors.get_file(actor_of(request), file_id)
    try:
        opened = services.reveal_file(
            actor_of(request), file=file, purpose=request.POST.get("purpose", "")
        )
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect("registry:file-detail", file.pk)
    return _show(request, file, opened=opened)


def _show(
    request: HttpRequest, file: RegistryFile, *, opened: dict[str, Any] | None = None
) -> HttpResponse:
    viewer = actor_of(request)
    found = links.links_of(viewer, file)
    context: dict[str, Any] = {
        "file": file,
        "title": shown_title(file),
        "where": full_name(file.area),
        "fields": shown_fields(file, opened=opened),
        "is_open": opened is not None,
        "links": found,
        "edits": [_as_event(edit) for edit in list_edits(file)[:EDITS_SHOWN]],
        "visits": file.visits.filter(enrolment=None).prefetch_related("pictures")[:VISITS_SHOWN],
        "cycle": cycle_of(file),
        "may_cycle": file.is_open and file.kind in CYCLED and may(request, file, permissions.KEEP),
        "pictures_hidden": pictures_masked(file) and opened is None,
        "given_pass": picture_pass(viewer, file) if opened is not None else "",
        "enrolments": care.enrolments_of(viewer, file.pk) if file.kind == FileKind.PERSON else [],
        "may_write": may(request, file, *permissions.WRITERS),
        "may_keep": may(request, file, permissions.KEEP),
        "may_reveal": may(request, file, permissions.REVEAL),
        "may_enrol": file.kind == FileKind.PERSON and may(request, file, permissions.KEEP_CARE),
        "purpose_form": PurposeForm(auto_id="purpose_%s"),
        "reason_form": ReasonForm(auto_id="close_%s"),
    }
    context["cycle_form"] = CycleForm(
        initial={"days": context["cycle"] and context["cycle"].cycle.days}, auto_id="cycle_%s"
    )
    if file.point and file.kind != FileKind.PERSON:
        context["spot"] = f"{file.point.x:.6f},{file.point.y:.6f}"
    if file.kind == FileKind.PREMISES:
        context |= _house(file, found)
    return render(request, "registry/file_detail.html", context)


def _house(file: RegistryFile, found: dict[str, list[links.Link]]) -> dict[str, Any]:
    """The part of the page that only houses have: who lives there, leases, what is used."""
    now, before = links.dwellers(found)
    usages = links.usage_of(file, residents=len(now))
    option, rows = links.usage_chart(usages)
    columns: list[dict[str, Any]] = [{"key": "month", "label": _("月份")}]
    columns += [
        {"key": label, "label": label, "is_number": True}
        for label in dict.fromkeys(usage.label for usage in usages)
    ]
    return {
        "dwellers": now,
        "former": before,
        "leases": links.lease_track(found),
        "trend": links.floating_trend(links.households(file)),
        "usages": usages,
        "hints": [usage for usage in usages[:12] if usage.hint],
        "usage_option": option,
        "usage_rows": rows,
        "usage_columns": columns,
    }


def _as_event(edit: Edit) -> dict[str, Any]:
    kind = edit.kind
    labels = _labels(kind)
    lines = [
        f"{labels.get(n, n)}：{masked(kind, n, old) or '—'} → {masked(kind, n, new) or '—'}"
        for n, (old, new) in edit.changed.items()
        if old is not None
    ]
    levels = {EditState.CONFLICT: "soon", EditState.REFUSED: "over"}
    return {
        "title": edit.get_state_display() if edit.base_version or lines else _("建档"),
        "at": edit.received_at,
        "actor": edit.by_name,
        "text": "\n".join(lines) or edit.reason,
        "level": levels.get(EditState(edit.state), ""),
        "icon": "edit",
    }


def _labels(kind: str) -> dict[str, str]:
    return {entry["name"]: entry["label"] for entry in selectors.form_of(kind)["fields"]}


@holds(*permissions.WRITERS)
@require_http_methods(["GET", "POST"])
def file_edit(request: HttpRequest, kind: str = "", file_id: int | None = None) -> HttpResponseBase:
    """A new file, or a change of one; near matches are offered while typing."""
    viewer = actor_of(request)
    file = selectors.get_file(viewer, file_id) if file_id is not None else None
    kind = file.kind if file is not None else kind
    if kind not in FileKind.values:
        raise Http404
    form = file_form(
        kind, request.POST or None, viewer=viewer, file=file, start=_start(request, kind)
    )
    if request.method == "POST" and form.is_valid():
        try:
            edit = services.edit_file(
                viewer,
                key=request.POST.get("key") or uuid.uuid4().hex,
                kind=kind,
                file_id=file.pk if file else None,
                base_version=_whole(request.POST.get("base")) if file else None,
                values=sent_values(form, file=file),
                at=clock.now(),
                source=_("网页录入"),
            )
        except DomainError as error:
            put_into(form, error)
        else:
            _tell(request, edit)
            return redirect("registry:file-detail", edit.file_id)
    context = {
        "form": form,
        "file": file,
        "kind": kind,
        "kind_label": FileKind(kind).label,
        "title": shown_title(file) if file else "",
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "base": request.POST.get("base") or (file.version if file else ""),
    }
    return render(request, "registry/file_edit.html", context, status=status_of(form))


def _start(request: HttpRequest, kind: str) -> dict[str, Any]:
    """What the city holds already: the house a person or thing is entered into."""
    house_id = _whole(request.GET.get("house"))
    if house_id is None or kind == FileKind.PREMISES:
        return {"household": "resident"}
    house = selectors.get_file(actor_of(request), house_id)
    point = {"lng": house.point.x, "lat": house.point.y} if house.point else None
    return {"address": house.title, "point": point, "household": "resident"}


def _tell(request: HttpRequest, edit: Edit) -> None:
    if edit.state == EditState.CONFLICT:
        messages.warning(request, _("与他人先前的填报不一致，已保留并转档案管理员核对"))
    elif edit.state == EditState.REFUSED:
        messages.warning(request, edit.reason)
    else:
        messages.success(request, _("档案已保存"))


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


@holds(*permissions.WRITERS)
@require_POST
@never_cache
def near(request: HttpRequest, kind: str) -> HttpResponse:
    """The files that may be of the same thing (fragment)."""
    if kind not in FileKind.values:
        raise Http404
    values = {name: value for name, value in request.POST.items() if value}
    try:
        found = selectors.near_matches(
            actor_of(request),
            kind=kind,
            values=values | {"born_on": _day_text(values.get("born_on"))},
            besides=_whole(request.POST.get("besides")),
        )
    except ValueError:
        found = []
    return render(request, "registry/_near.html", {"rows": [as_row(file) for file in found]})


def _day_text(text: Any) -> str:
    parts = str(text or "").split("-")
    return "-".join(parts) if len(parts) == 3 and all(p.isdecimal() for p in parts) else ""


@holds(permissions.KEEP)
@require_POST
def file_close(request: HttpRequest, file_id: int) -> HttpResponse:
    """Closes a file with a reason."""
    file = selectors.get_file(actor_of(request), file_id)
    tell(
        request,
        lambda: services.close_file(
            actor_of(request), file_id=file.pk, reason=request.POST.get("reason", "")
        ),
        done=_("档案已注销，历史保留"),
    )
    return redirect("registry:file-detail", file.pk)


@holds(permissions.KEEP)
@require_GET
def conflict_list(request: HttpRequest) -> HttpResponse:
    """The edits that wait to be settled."""
    context = paged(request, list_conflicts(actor_of(request)))
    context["rows"] = [
        {"edit": edit, "title": shown_title(edit.file), "fields": _named(edit)}
        for edit in context["rows"]
    ]
    return render(request, "registry/conflict_list.html", context)


def _named(edit: Edit) -> list[str]:
    labels = _labels(edit.kind)
    return [labels.get(name, name) for name in edit.conflicts]


@holds(permissions.KEEP)
@require_http_methods(["GET", "POST"])
def conflict_detail(request: HttpRequest, edit_id: int) -> HttpResponse:
    """Settles an edit field by field: what it was, what is there, what was sent."""
    viewer = actor_of(request)
    edit = get_edit(viewer, edit_id)
    labels = _labels(edit.kind)
    form = SettleForm(request.POST or None, edit=edit, labels=labels)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle_edit(viewer, edit_id=edit.pk, taken=form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已核对并写入档案"))
            return redirect("registry:conflict-list")
    lines = [
        {
            "field": form[name],
            "label": labels.get(name, name),
            "values": [masked(edit.kind, name, value) or "—" for value in sides],
        }
        for name, sides in edit.conflicts.items()
    ]
    others = {
        labels.get(n, n): masked(edit.kind, n, v)
        for n, v in edit.values.items()
        if n not in edit.conflicts and v
    }
    context = {
        "edit": edit,
        "form": form,
        "lines": lines,
        "others": others,
        "title": shown_title(edit.file) if edit.file else "",
        "back_url": reverse("registry:conflict-list"),
    }
    return render(request, "registry/conflict_detail.html", context, status=status_of(form))
