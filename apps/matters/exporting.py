"""Lists of cases as spreadsheets (CO-05), and another's leave for a long one (AC-09)."""

from dataclasses import dataclass
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
from apps.common.phrases import labelled, points
from apps.matters.definition import definition_of
from apps.matters.forms import CaseFilterForm
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.matters.selectors import Queue, Tab, list_queue

#: More rows than this are a matter for the data exchange, not for a spreadsheet.
EXPORT_MOST = 20_000
EXPORT_CASES = "matters-export-cases"


def export_columns() -> list[Column]:
    """Will give the columns of a case export; the reporter stays masked."""
    return [
        Column(_("受理编号"), lambda c: c.number, width=20),
        Column(_("标题"), lambda c: c.title, width=40),
        Column(_("状态"), _state, width=12),
        Column(_("分类"), lambda c: c.class_label, width=16),
        Column(_("渠道"), lambda c: c.get_channel_display(), width=10),
        Column(_("紧急程度"), lambda c: c.get_priority_display(), width=10),
        Column(_("反映人"), _reporter, width=12),
        Column(_("区域"), lambda c: c.area.name, width=16),
        Column(_("地址"), lambda c: c.address, width=30),
        Column(_("承办单位"), lambda c: c.unit.name if c.unit else "", width=24),
        Column(_("登记时间"), lambda c: c.opened_at, width=18),
        Column(_("到期时间"), lambda c: c.due_at, width=18),
        Column(_("办结时间"), lambda c: c.closed_at, width=18),
        Column(_("轮次"), lambda c: c.round, width=6),
    ]


def _state(case: Case) -> str:
    return definition_of(case.version_id, case.version.body).state(case.state).label


def _reporter(case: Case) -> str:
    return extension_of(case.matter_type.code).reporter_name(case)


# --- More than one person exports alone -------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A pile of a queue as the viewer narrowed it. query: the filters as in the address."""

    queue: Queue
    tab: Tab
    filters: CaseFilterForm
    query: str
    cases: QuerySet[Case]

    @property
    def is_many(self) -> bool:
        """Whether it is more than one person exports without another's leave."""
        limit = settings.EXPORT_ALONE_LIMIT
        return len(self.cases.values_list("pk", flat=True)[: limit + 1]) > limit


def wanted_of(viewer: User, queue: Queue, query: QueryDict) -> Wanted:
    """Will give what the queue shows the viewer under these filters, at most 20,000 cases."""
    tab = queue.tab(query.get("tab", ""))
    filters = CaseFilterForm(query, viewer=viewer)
    kept = query.copy()
    for name in ("page", "tab", "approved"):
        kept.pop(name, None)
    return Wanted(
        queue=queue,
        tab=tab,
        filters=filters,
        query=kept.urlencode(),
        cases=filters.apply(list_queue(viewer, queue, tab)),
    )


def proposal_of(viewer: User, wanted: Wanted) -> Proposal:
    """Will propose to export these cases, as they stand now.

    Raises: NotAllowed (the viewer holds no post).
    """
    held = appointments_in_force(viewer).first()
    if held is None:
        raise NotAllowed(_("请以所任岗位办理导出。"))
    what = f"{wanted.queue.label} · {wanted.tab.label}"
    payload = {
        "queue": wanted.queue.code,
        "what": what,
        "tab": wanted.tab.code,
        "query": wanted.query,
        "conditions": _conditions(wanted.filters),
        "count": len(wanted.cases.values_list("pk", flat=True)[:EXPORT_MOST]),
        "until": clock.now().isoformat(),
    }
    return Proposal(
        act=EXPORT_CASES,
        subject_type="matters.queue",
        subject_id=wanted.queue.code,
        subject_label=what,
        organization=held.post.organization,
        payload=payload,
    )


def approved_cases(wanted: Wanted, payload: dict[str, Any]) -> QuerySet[Case]:
    """Will give what was approved of a pile: no case registered since, and no more cases."""
    until = datetime.fromisoformat(payload["until"])
    return wanted.cases.filter(opened_at__lte=until)[: payload["count"]]


def watermark(maker: User, checker: str = "") -> str:
    """Will give the line that says on the sheet itself who took it, when and by whose leave."""
    words = {"maker": maker.display_name, "at": f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}"}
    if not checker:
        return _("%(maker)s 于 %(at)s 导出，仅限公务使用。") % words
    words["checker"] = checker
    return _("%(maker)s 于 %(at)s 导出，由 %(checker)s 复核批准，仅限公务使用。") % words


def _conditions(filters: CaseFilterForm) -> str:
    if not filters.is_valid():
        return ""
    said = [
        labelled(filters.fields[name].label, value)
        for name, value in filters.cleaned_data.items()
        if value and name in filters.data
    ]
    return points(said)


def _describe(payload: dict[str, Any]) -> list[Difference]:
    nothing = _("不导出")
    return [
        Difference(_("范围"), nothing, payload["what"]),
        Difference(_("条件"), nothing, payload["conditions"] or _("全部")),
        Difference(_("件数"), nothing, _("最多 %(count)s 件") % payload),
        Difference(_("个人信息"), nothing, _("反映人姓名（已脱敏）、地址")),
    ]


def _link(change_id: int, payload: dict[str, Any]) -> str:
    address = reverse("matters:queue-export", kwargs={"code": payload["queue"]})
    return f"{address}?tab={payload['tab']}&approved={change_id}&{payload['query']}"


EXPORT_CASES_ACT = Act(
    code=EXPORT_CASES,
    label=gettext_lazy("批量导出案件"),
    checker_permission="accounts.approve_exports",
    may_make=lambda user, organization, payload: user.has_perm("matters.export_cases"),
    version=lambda payload: "",  # the cases go on; what may leave is bounded by the payload
    describe=_describe,
    execute=lambda execution: Result(_("可在一天内由提交人下载，每次下载都记入审计。")),
    link=_link,
)
