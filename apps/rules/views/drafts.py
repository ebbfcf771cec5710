"""A draft as a whole: started, uploaded, moved through its life; and its test cases."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.rules import permissions, selectors, services
from apps.rules.forms import ColumnsForm, FactsForm, UploadForm
from apps.rules.models import RuleTableVersion
from apps.rules.rows import add_row
from apps.rules.uploads import read_upload
from apps.rules.views.requests import revision_of, tell

Deed = Callable[[User, RuleTableVersion, HttpRequest], RuleTableVersion | None]


def _submit(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.submit(actor, version=version)


def _send_back(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.send_back(actor, version=version, note=request.POST.get("note", ""))


def _publish(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.publish(
        actor,
        version=version,
        effective_from=_moment(request.POST.get("effective_from", "")),
        note=request.POST.get("note", ""),
    )


def _retire(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.retire(actor, version=version, reason=request.POST.get("note", ""))


def _rollback(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.rollback(actor, to=version, reason=request.POST.get("note", ""))


def _restore(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.restore(actor, to=version, reason=request.POST.get("note", ""))


def _undo(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.undo_draft(actor, version=version, expected_revision=revision_of(request))


def _copy(actor: User, version: RuleTableVersion, request: HttpRequest) -> RuleTableVersion:
    return services.copy_to_draft(actor, version=version)


def _discard(actor: User, version: RuleTableVersion, request: HttpRequest) -> None:
    services.discard_draft(actor, version=version)


_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "submit": (_submit, gettext_lazy("已提交，等待另一人复核")),
    "send-back": (_send_back, gettext_lazy("已退回编写人")),
    "publish": (_publish, gettext_lazy("已发布")),
    "retire": (_retire, gettext_lazy("已停用")),
    "rollback": (_rollback, gettext_lazy("旧版内容已作为新版本提交，等待另一人复核")),
    "restore": (_restore, gettext_lazy("旧版已立即恢复生效")),
    "undo": (_undo, gettext_lazy("已撤销上一步修改")),
    "copy": (_copy, gettext_lazy("已复制为新草稿")),
    "discard": (_discard, gettext_lazy("草稿已删除")),
}

_IN_FORCE = {"publish", "retire", "restore"}  # changes what holds for the city at once


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(_("生效时间不正确"), field="effective_from") from None
    return timezone.make_aware(moment) if moment.tzinfo is None else moment


@login_required
@require_POST
def version_deed(request: HttpRequest, code: str, number: int, deed: str) -> HttpResponse:
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    if deed not in _DEEDS:
        raise NotFound(_("没有这个操作"))
    run, done = _DEEDS[deed]
    if deed in _IN_FORCE:
        require(request, "definition.publish")
    try:
        result = run(actor, version, request)
    except DomainError as error:
        tell(request, error)
        return redirect("rules:version-detail", code=code, number=number)
    messages.success(request, str(done))
    if result is None:
        return redirect("rules:table-detail", code=code)
    return redirect("rules:version-detail", code=code, number=result.number)


@login_required
@require_POST
def draft_start(request: HttpRequest, code: str) -> HttpResponse:
    """The first draft: one empty row under the chosen columns."""
    actor = actor_of(request)
    table = selectors.get_table(actor, code=code)
    form = ColumnsForm(selectors.vocabulary_of(table), request.POST)
    if not form.is_valid():
        messages.error(request, _("请至少选择一个条件列和一个结果列"))
        return redirect("rules:table-detail", code=code)
    try:
        body = add_row({**form.cleaned_data, "rows": []})
        version = services.save_draft(actor, table=table, body=body)
    except DomainError as error:
        tell(request, error)
        return redirect("rules:table-detail", code=code)
    return redirect("rules:version-detail", code=code, number=version.number)


@login_required
@require_POST
def draft_upload(request: HttpRequest, code: str) -> HttpResponse:
    """Keeps a file as a new draft, or in place of the rows of the draft ``number``."""
    actor = actor_of(request)
    table = selectors.get_table(actor, code=code)
    number = request.POST.get("number", "")
    target = redirect("rules:table-detail", code=code)
    version, revision = None, None
    if number.isdigit():
        version = selectors.get_version(actor, code=code, number=int(number[:9]))
        target = redirect("rules:version-detail", code=code, number=version.number)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择要上传的文件"))
        return target
    try:
        permissions.require_edit(actor, table)
        if version is not None:
            revision = revision_of(request)
        file = form.cleaned_data["file"]
        body = read_upload(selectors.vocabulary_of(table), file)
        note = _("由文件“%(name)s”导入") % {"name": str(file.name)[:100]}
        saved = services.save_draft(
            actor, table=table, body=body, note=note, version=version, expected_revision=revision
        )
    except DomainError as error:
        tell(request, error)
        return target
    messages.success(request, _("已导入到草稿") if version else _("已导入为新草稿"))
    return redirect("rules:version-detail", code=code, number=saved.number)


@login_required
@require_POST
def test_add(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Keeps what was tried, with the result it gave, as a test case of the table."""
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    form = FactsForm(selectors.table_of(version).inputs, request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput(_("输入有误，请核对所列字段"))
        trial = services.evaluate(version, form.facts())
        if trial.error:
            raise InvalidInput(trial.error)
        outputs = [{c: v for c, v in o.items() if v is not None} for o in trial.hit.outputs]
        services.add_test_case(
            actor,
            table=version.table,
            name=request.POST.get("test_name", ""),
            facts=form.facts(),
            expected=outputs,
        )
        messages.success(request, _("已保存为测试用例"))
    except DomainError as error:
        tell(request, error)
    return redirect("rules:version-detail", code=code, number=number)


@login_required
@require_POST
def test_remove(request: HttpRequest, code: str, number: int, pk: int) -> HttpResponse:
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    try:
        services.remove_test_case(actor, table=version.table, case_id=pk)
    except DomainError as error:
        tell(request, error)
    return redirect("rules:version-detail", code=code, number=number)
