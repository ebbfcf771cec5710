"""One version: read, checked, handed on, compared, taken along."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.matters import services
from apps.matters.enums import Standing
from apps.matters.models import MatterVersion
from apps.matters.selectors import definitions
from apps.matters.selectors.readiness import problems_of
from apps.matters.studio import bpmn, picture, wording
from apps.matters.studio.forms import ImportForm
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.shared import names_of, read_moment, standing_context, tell

MAX_FILE = 1024 * 1024


@login_required
@require_GET
def version_detail(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The definition in words, part by part, with its picture and what is wrong with it."""
    viewer = viewer_of(request)
    version = definitions.get_version(viewer, code=code, number=number)
    context = standing_context(viewer, version)
    kind = version.matter_type.kind
    names = names_of(viewer)(version.body)
    is_open = context["standing"] in (Standing.DRAFT, Standing.SUBMITTED)
    context |= {
        "basics": wording.basics(version.body),
        "kind_pairs": wording.kind_pairs(version.body, kind),
        "policies": wording.policy_pairs(version.body),
        "sheets": wording.sheets(version.body, kind, names),
        "picture": picture.draw(version.body, names.matters),
        "problems": problems_of(version) if is_open else [],
        "is_checked": is_open,
        "import_form": ImportForm(),
    }
    return render(request, "studio/version_detail.html", context)


@login_required
@require_GET
def version_diff(request: HttpRequest, code: str, number: int, other: int) -> HttpResponse:
    """What changed from another version to this one, in words."""
    viewer = viewer_of(request)
    version = definitions.get_version(viewer, code=code, number=number)
    before = definitions.get_version(viewer, code=code, number=other)
    names = names_of(viewer)
    changes = wording.difference(before.body, version.body, version.matter_type.kind, names)
    matters = names(version.body).matters
    context = {
        "matter": version.matter_type,
        "version": version,
        "before": before,
        "changes": changes,
        "pictures": [(v, picture.draw(v.body, matters)) for v in (before, version)],
    }
    return render(request, "studio/version_diff.html", context)


# --- Files ------------------------------------------------------------------------------


@login_required
@require_GET
def version_export(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The whole definition as JSON, to be kept, compared, or imported elsewhere."""
    version = definitions.get_version(viewer_of(request), code=code, number=number)
    text = json.dumps(version.body, ensure_ascii=False, indent=2)
    return _file(text.encode(), f"{code}-v{number}.json", "application/json; charset=utf-8")


@login_required
@require_GET
def version_bpmn(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """States and moves as BPMN 2.0."""
    version = definitions.get_version(viewer_of(request), code=code, number=number)
    return _file(bpmn.write_bpmn(code, version.body), f"{code}-v{number}.bpmn", "application/xml")


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@login_required
@require_POST
def version_import(request: HttpRequest, code: str) -> HttpResponse:
    """A definition from a JSON file becomes a new draft of the actor's."""
    actor = viewer_of(request)
    matter = definitions.get_matter_type(actor, code=code)
    try:
        body = _read_body(request)
        version = services.save_draft(
            actor, matter_type_id=matter.pk, body=body, note=_("由文件导入")
        )
    except DomainError as error:
        tell(request, error)
        return redirect("studio:matter-detail", code=code)
    messages.success(request, _("已导入为新草稿"))
    return redirect("studio:version-detail", code=code, number=version.number)


def _read_body(request: HttpRequest) -> Any:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInput(_("请选择一个 JSON 文件"), field="file")
    content = form.cleaned_data["file"].read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise InvalidInput(_("文件超过 1 MB，不是一份事项定义"), field="file")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidInput(_("文件不是有效的 JSON"), field="file") from None


# --- Deeds ------------------------------------------------------------------------------


def _submit(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    return services.submit_version(actor, version_id=version.pk)


def _send_back(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    note = request.POST.get("note", "")
    return services.send_back_version(actor, version_id=version.pk, note=note)


def _publish(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    return services.approve_version(
        actor,
        version_id=version.pk,
        effective_from=read_moment(request.POST.get("effective_from", "")),
        note=request.POST.get("note", ""),
    )


def _retire(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    reason = request.POST.get("note", "")
    return services.retire_version(actor, version_id=version.pk, reason=reason)


def _roll_back(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    reason = request.POST.get("note", "")
    return services.roll_back_version(actor, to_version_id=version.pk, reason=reason)


def _copy(actor: User, version: MatterVersion, request: HttpRequest) -> MatterVersion:
    return services.copy_version(actor, version_id=version.pk)


def _discard(actor: User, version: MatterVersion, request: HttpRequest) -> None:
    services.discard_draft(actor, version_id=version.pk)


Deed = Callable[[User, MatterVersion, HttpRequest], MatterVersion | None]
_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "submit": (_submit, gettext_lazy("已提交，等待另一人复核")),
    "send-back": (_send_back, gettext_lazy("已退回编写人")),
    "publish": (_publish, gettext_lazy("已发布")),
    "retire": (_retire, gettext_lazy("已停用，办理中的案件按原版本办完")),
    "roll-back": (_roll_back, gettext_lazy("旧版内容已作为新版本提交，等待另一人复核")),
    "copy": (_copy, gettext_lazy("已复制为新草稿")),
    "discard": (_discard, gettext_lazy("草稿已删除")),
}

_IN_FORCE = {"publish", "retire"}


@login_required
@require_POST
def version_deed(request: HttpRequest, code: str, number: int, deed: str) -> HttpResponse:
    """Submit, send back, publish, retire, roll back, copy or discard."""
    actor = viewer_of(request)
    version = definitions.get_version(actor, code=code, number=number)
    if deed not in _DEEDS:
        raise NotFound(_("没有这个操作"))
    run, done = _DEEDS[deed]
    if deed in _IN_FORCE:
        require(request, "definition.publish")
    try:
        result = run(actor, version, request)
    except DomainError as error:
        tell(request, error)
        return redirect("studio:version-detail", code=code, number=number)
    messages.success(request, str(done))
    if result is None:
        return redirect("studio:matter-detail", code=code)
    return redirect("studio:version-detail", code=code, number=result.number)
