"""Lists of files as spreadsheets, and another's leave for a long one (AC-09, RG-01)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Proposal, Result
from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.common.exports import Column
from apps.common.masking import mask_phone
from apps.registry import permissions
from apps.registry.models import RegistryFile
from apps.registry.selectors.values import shown_address, shown_title

EXPORT_FILES = "registry-export-files"
EXPORT_MOST = 20_000


def export_columns() -> list[Column]:
    """Will give the columns of an export; people stay masked."""
    return [
        Column(_("编号"), lambda row: row.ref, 14),
        Column(_("类型"), lambda row: row.get_kind_display(), 10),
        Column(_("名称"), shown_title, 30),
        Column(_("电话"), lambda row: mask_phone(row.phone), 16),
        Column(_("地址"), shown_address, 34),
        Column(_("所在区域"), lambda row: row.area.name, 20),
        Column(_("建档时间"), lambda row: row.created_at, 18),
        Column(_("最近核实时间"), lambda row: row.confirmed_at, 18),
    ]


def is_many(files: QuerySet[RegistryFile]) -> bool:
    """Will tell whether it is more than one person exports without another's leave."""
    limit = settings.EXPORT_ALONE_LIMIT
    return len(files.values_list("pk", flat=True)[: limit + 1]) > limit


def proposal_of(viewer: User, files: QuerySet[RegistryFile], query: str) -> Proposal:
    """Will propose to export these files, as they stand now. Raises: NotAllowed (no post)."""
    held = appointments_in_force(viewer).first()
    if held is None:
        raise NotAllowed(_("请以所任岗位办理导出。"))
    return Proposal(
        act=EXPORT_FILES,
        subject_type="registry.files",
        subject_id=viewer.pk,
        subject_label=_("人房企场物档案"),
        organization=held.post.organization,
        payload={
            "query": query,
            "count": len(files.values_list("pk", flat=True)[:EXPORT_MOST]),
            "until": clock.now().isoformat(),
        },
    )


def approved_files(
    files: QuerySet[RegistryFile], payload: dict[str, Any]
) -> QuerySet[RegistryFile]:
    """Will give what was approved of a list: no file made since, and no more files."""
    until = datetime.fromisoformat(payload["until"])
    return files.filter(created_at__lte=until)[: payload["count"]]


def kept_query(query: QueryDict) -> str:
    """Will give the filters of a list as an address has them, always in one order."""
    kept = query.copy()
    for name in ("page", "size", "approved"):
        kept.pop(name, None)
    return "&".join(sorted(part for part in kept.urlencode().split("&") if part))


def watermark(maker: User, checker: str = "") -> str:
    """Will give the line that says on the sheet itself who took it, when and by whose leave."""
    at = f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}"
    words = {"maker": maker.display_name, "at": at, "checker": checker}
    if not checker:
        return _("%(maker)s 于 %(at)s 导出，仅限公务使用。") % words
    return _("%(maker)s 于 %(at)s 导出，由 %(checker)s 复核批准，仅限公务使用。") % words


def _describe(payload: dict[str, Any]) -> list[Difference]:
    nothing = _("不导出")
    return [
        Difference(_("范围"), nothing, _("人房企场物档案")),
        Difference(_("条件"), nothing, payload["query"] or _("全部")),
        Difference(_("件数"), nothing, _("最多 %(count)s 件") % payload),
        Difference(_("个人信息"), nothing, _("姓名、电话、住址（均已脱敏）")),
    ]


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return f"{reverse('registry:file-export')}?approved={change_id}&{payload['query']}"


EXPORT_ACT = Act(
    code=EXPORT_FILES,
    label=gettext_lazy("批量导出档案"),
    checker_permission="accounts.approve_exports",
    may_make=lambda user, organization, payload: user.has_perm(permissions.EXPORT),
    version=lambda payload: "",  # files go on; what may leave is bounded by the payload
    describe=_describe,
    execute=lambda execution: Result(_("可在一天内由提交人下载，每次下载都记入审计。")),
    link=_link,
)
