"""What a list of cases looks like as a spreadsheet (CO-05)."""

from django.utils.translation import gettext as _

from apps.common.exports import Column
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.registry import extension_of

#: More rows than this are a matter for the data exchange, not for a spreadsheet.
EXPORT_MOST = 20_000


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
