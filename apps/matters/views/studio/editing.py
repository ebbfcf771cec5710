"""Writing a draft: one part or one row at a time. What was typed is never lost."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.common.errors import DomainError, NotFound, Stale
from apps.matters import permissions, services
from apps.matters.definition import has_action
from apps.matters.definition.wording import PART_LABELS
from apps.matters.models import MatterVersion
from apps.matters.selectors import definitions
from apps.matters.studio.forms import PART_FORMS, ROW_FORMS, RowForm
from apps.matters.studio.rows import MOVES, move_row, put_row, remove_row, rows_of
from apps.matters.studio.wording import Names, sheet
from apps.matters.studio.words import action_label
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.shared import around, read_revision, tell

_ANCHORS = {"legal_items": "kind_parts", "inputs": "kind_parts"}


@login_required
@require_http_methods(["GET", "POST"])
def part_edit(request: HttpRequest, code: str, number: int, part: str) -> HttpResponse:
    """Basic information, the parts of the kind, or the policies."""
    actor, version = _draft(request, code, number)
    if part not in PART_FORMS:
        raise NotFound(_("没有这个部分"))
    form = PART_FORMS[part](request.POST or None, around=around(actor, version))
    if request.method == "POST" and form.is_valid():
        done = _save(request, actor, version, form, lambda: form.part())
        if done:
            return _back(version, part)
    return _page(request, version, form, str(PART_LABELS[part]), part)


@login_required
@require_http_methods(["GET", "POST"])
def row_edit(
    request: HttpRequest, code: str, number: int, section: str, index: str
) -> HttpResponse:
    """One row; ``index`` "new" adds one."""
    actor, version = _draft(request, code, number)
    place = _place(version, section, index)
    before = rows_of(version.body, section)[place] if place is not None else {}
    form_class: type[RowForm] = ROW_FORMS[section]
    given: dict[str, Any] = {"around": around(actor, version), "before": before}
    if section == "actions" and place is None and request.method == "GET":
        if "action" not in request.GET:
            return _choose_action(request, version, form_class(None, **given))
        given["initial"] = {"code": request.GET["action"]}
    form = form_class(request.POST or None, **given)
    if request.method == "POST" and form.is_valid():
        done = _save(
            request,
            actor,
            version,
            form,
            lambda: put_row(version.body, section, place, form.row()),
        )
        if done:
            return _back(version, section)
    label = sheet(version.body, section, Names(version.body)).label
    title = _("修改%s") % label if place is not None else _("添加%s") % label
    return _page(request, version, form, title, section)


def _place(version: MatterVersion, section: str, index: str) -> int | None:
    if section not in ROW_FORMS:
        raise NotFound(_("没有这个部分"))
    if index == "new":
        return None
    if not index.isdigit() or int(index) >= len(rows_of(version.body, section)):
        raise NotFound(_("这一行已不在，请刷新后再改"))
    return int(index)


def _choose_action(request: HttpRequest, version: MatterVersion, form: RowForm) -> HttpResponse:
    """The library, before the fields of the action that is chosen."""
    choices: Any = form.fields["code"]
    context = {
        "matter": version.matter_type,
        "version": version,
        "choices": [
            (c, action_label(c))
            for c, _label in choices.choices
            if has_action(version.matter_type.kind, c)
        ],
    }
    return render(request, "studio/action_choose.html", context)


@login_required
@require_POST
def row_deed(
    request: HttpRequest, code: str, number: int, section: str, index: str
) -> HttpResponse:
    """Moves a row up or down, or takes it out."""
    actor, version = _draft(request, code, number)
    place = _place(version, section, index)
    deed = request.POST.get("deed", "")
    if place is None or deed not in {*MOVES, "remove"}:
        raise NotFound(_("没有这个操作"))
    change = (
        remove_row(version.body, section, place)
        if deed == "remove"
        else move_row(version.body, section, place, MOVES[deed])
    )
    try:
        services.save_draft(
            actor,
            matter_type_id=version.matter_type_id,
            version_id=version.pk,
            expected_revision=read_revision(request),
            body=change,
        )
    except DomainError as error:
        tell(request, error)
    return _back(version, section)


def _draft(request: HttpRequest, code: str, number: int) -> tuple[User, MatterVersion]:
    actor = viewer_of(request)
    version = definitions.get_version(actor, code=code, number=number)
    if not permissions.can_change_draft(actor, version):
        raise NotFound(_("只有编写人能修改草稿；其他版本请先复制为新草稿"))
    return actor, version


def _save(request: HttpRequest, actor: User, version: MatterVersion, form: Any, make: Any) -> bool:
    """Will save the body the form makes; a refusal is shown on the form, which keeps its text."""
    try:
        services.save_draft(
            actor,
            matter_type_id=version.matter_type_id,
            version_id=version.pk,
            expected_revision=read_revision(request),
            body=make(),
        )
    except DomainError as error:
        form.is_stale = isinstance(error, Stale)
        for problem in error.data.get("problems") or [str(error)]:
            form.add_error(None, str(problem))
        return False
    messages.success(request, _("已保存到草稿"))
    return True


def _page(
    request: HttpRequest, version: MatterVersion, form: Any, title: str, part: str
) -> HttpResponse:
    context = {
        "matter": version.matter_type,
        "version": version,
        "form": form,
        "title": title,
        "part": _ANCHORS.get(part, part),
        # After a stale save the page carries the newest revision: saving again is a decision.
        "revision": version.revision,
        "is_stale": getattr(form, "is_stale", False),
    }
    status = 409 if context["is_stale"] else 400 if form.errors else 200
    return render(request, "studio/part_edit.html", context, status=status)


def _back(version: MatterVersion, part: str) -> HttpResponse:
    target = redirect("studio:version-detail", code=version.matter_type.code, number=version.number)
    target["Location"] += f"#part-{_ANCHORS.get(part, part)}"
    return target
