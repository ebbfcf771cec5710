from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.rules import permissions, selectors, services
from apps.rules.engine.compiled import row_at
from apps.rules.forms import ColumnsForm, FactsForm, RowForm, UploadForm, row_initial
from apps.rules.models import RuleTableVersion
from apps.rules.rows import DEEDS, add_row, replace_row
from apps.rules.uploads import read_upload
from apps.rules.views.requests import actor_of
from apps.rules.views.tables import ROWS_PER_PAGE, tell

_LAST_PAGE = 1_000_000
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
    "copy": (_copy, gettext_lazy("已复制为新草稿")),
    "discard": (_discard, gettext_lazy("草稿已删除")),
}


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
            revision = _revision(request)
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
def row_deed(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Adds, removes, duplicates or moves a row of the draft."""
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    change = DEEDS.get(request.POST.get("deed", ""))
    key = request.POST.get("key", "")
    if change is None:
        raise NotFound(_("没有这个操作"))
    try:
        services.edit_draft(
            actor,
            version=version,
            expected_revision=_revision(request),
            change=lambda body: change(body, key),
        )
    except DomainError as error:
        tell(request, error)
    target = redirect("rules:version-detail", code=code, number=number)
    page = request.POST.get("page", "")
    # Beyond the end means the last page, where a row added without a neighbour stands.
    target["Location"] += f"?page={page if page.isdigit() else _LAST_PAGE}"
    if key:
        target["Location"] += f"#row-{quote(key)}"
    return target


@login_required
@require_http_methods(["GET", "POST"])
def row_edit(request: HttpRequest, code: str, number: int, key: str) -> HttpResponse:
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    table = selectors.table_of(version)
    found = row_at(table, key)
    if found is None or not permissions.can_change_draft(actor, version):
        raise NotFound(_("这一行不能修改"))
    form = RowForm(table, request.POST or None, initial=row_initial(table, found[1]))
    if request.method == "POST" and form.is_valid():
        row = form.row()
        try:
            services.edit_draft(
                actor,
                version=version,
                expected_revision=_revision(request),
                change=lambda body: replace_row(body, key=key, row=row),
            )
        except DomainError as error:
            _show(form, error)
        else:
            target = redirect("rules:version-detail", code=code, number=number)
            target["Location"] += f"?page={found[0] // ROWS_PER_PAGE + 1}#row-{quote(key)}"
            return target
    context = {
        "form": form,
        "table": version.table,
        "version": version,
        "row_number": found[0] + 1,
        "revision": request.POST.get("revision") or version.revision,
    }
    return render(request, "rules/row_edit.html", context)


def _show(form: RowForm, error: DomainError) -> None:
    """Will put each problem beside the widgets of its column."""
    problems = error.data.get("problems")
    if not problems:
        form.add_error(None, str(error))
        return
    for problem in problems:
        for name in (f"{problem['column']}__op", f"out__{problem['column']}"):
            if name in form.fields:
                form.add_error(name, problem["message"])
                break
        else:
            form.add_error(None, problem["text"])


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    if not text.isdigit() or len(text) > 9:
        raise InvalidInput(_("页面已过期，请刷新后再改"), field="revision")
    return int(text)


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
