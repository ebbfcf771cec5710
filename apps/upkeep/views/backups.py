"""Backups and restore tests: what there is, when they are due, what is asked for."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import do_named, paged, take
from apps.upkeep import permissions, selectors, services
from apps.upkeep.forms import PolicyForm, RunFilterForm
from apps.upkeep.services.backups import get_policy
from apps.upkeep.vault import sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import key_file, places
from apps.upkeep.views._common import reader_of, tabs

EXPORT_MOST = 20_000


@login_required
@require_GET
def backup_list(request: HttpRequest) -> HttpResponse:
    """The policies, where backups lie, and each that was made."""
    viewer = reader_of(request)
    filters = RunFilterForm(request.GET)
    context = paged(request, selectors.list_runs(state=filters.wanted())) | {
        "filters": filters,
        "policies": selectors.list_policies(),
        "late": {policy.pk for policy in services.due_policies()},
        "is_enabled": settings.BACKUP_ENABLED,
        "places": places(),
        "key": _fingerprint(),
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "backup-list"),
    }
    return render(request, "upkeep/backup_list.html", context)


@login_required
@require_GET
def restore_list(request: HttpRequest) -> HttpResponse:
    """Each restore that was tried, with what was found."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_restore_tests()) | {
        "may_keep": permissions.can_keep(viewer),
        "every_days": settings.RESTORE_TEST_DAYS,
        "is_enabled": settings.BACKUP_ENABLED,
        "tabs": tabs(viewer, "restore-list"),
    }
    return render(request, "upkeep/restore_list.html", context)


@login_required
@require_POST
def backup_ask(request: HttpRequest, deed: str) -> HttpResponse:
    """Orders a backup or a restore test."""
    reader_of(request)
    asked: dict[str, Any] = {
        "full": (services.ask_backup, _("已安排全量备份，备份进程随即执行")),
        "test": (services.ask_restore_test, _("已安排恢复测试，备份进程随即执行")),
    }
    do_named(request, deed, asked)
    return redirect("upkeep:restore-list" if deed == "test" else "upkeep:backup-list")


@login_required
@require_http_methods(["GET", "POST"])
def policy_edit(request: HttpRequest, code: str) -> HttpResponse:
    """One policy to change."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    policy = get_policy(code)
    form = PolicyForm(request.POST or None, initial=PolicyForm.values_of(policy))
    if request.method == "POST" and form.is_valid():
        saved = take(form, lambda: services.save_policy(viewer, code=code, spec=form.spec()))
        if saved:
            messages.success(request, _("已保存备份策略“%(name)s”") % {"name": saved.name})
            return redirect("upkeep:backup-list")
    context = {"form": form, "policy": policy}
    return render(request, "upkeep/policy_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def backup_export(request: HttpRequest) -> HttpResponseBase:
    """The backups as a sheet; audited."""
    viewer = reader_of(request)
    runs = selectors.list_runs(state=RunFilterForm(request.GET).wanted())[:EXPORT_MOST]
    audit.record(viewer, "backups.exported", object_type="upkeep.backup_run",
                 data={"count": len(runs)})  # fmt: skip
    columns = [
        Column(_("编号"), lambda r: r.pk, 8),
        Column(_("方式"), lambda r: r.get_kind_display(), 12),
        Column(_("状态"), lambda r: r.get_state_display(), 12),
        Column(_("缘由"), lambda r: r.get_occasion_display(), 12),
        Column(_("策略"), lambda r: r.policies, 24),
        Column(_("开始时间"), lambda r: r.started_at, 20),
        Column(_("结束时间"), lambda r: r.ended_at, 20),
        Column(_("数据库大小（字节）"), lambda r: r.database_bytes, 18),
        Column(_("文件数"), lambda r: r.file_count, 12),
        Column(_("新占空间（字节）"), lambda r: r.stored_bytes, 18),
        Column(_("清单摘要"), lambda r: r.digest, 66),
        Column(_("失败原因"), lambda r: r.error, 60),
    ]
    return xlsx_response(f"{_('备份记录')}-{clock.today():%Y%m%d}", columns, runs)


def _fingerprint() -> str:
    """Eight digits of the key's own digest, "" where none was made yet or we may not read it."""
    try:
        return sealed.fingerprint(sealed.read_key(Path(key_file())))
    except VaultError:
        return ""
