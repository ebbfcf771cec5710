"""走访 and 档案采集: people and houses as the worker met them."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.phone.deeds.base import DeedKind, Outcome, Work, register
from apps.phone.enums import DeedState
from apps.phone.errors import BadDeed
from apps.registry.enums import EditState, FileKind
from apps.registry.selectors import form_of
from apps.registry.services import VisitData, edit_file, record_visit

VISIT_FILES = 40


def visit(user: User, work: Work) -> Outcome:
    """Keeps a visit; the next one is planned by its type."""
    spot = work.spot
    found = record_visit(
        user,
        key=work.key,
        visit=VisitData(
            file_id=work.needed("file_id"),
            at=work.at,
            enrolment_id=work.number("enrolment_id"),
            kind=work.text("kind", longest=40) or "visit",
            findings=work.text("findings"),
            data=_data(work),
            lon=spot.lon if spot else None,
            lat=spot.lat if spot else None,
            accuracy_m=spot.accuracy_m if spot else None,
            files=work.files,
        ),
    )
    return Outcome(number=str(found.pk), message=_("走访已登记"))


def edit(user: User, work: Work) -> Outcome:
    """Writes a file or changes one; whoever changed the same field meanwhile makes a conflict."""
    made = edit_file(
        user,
        key=work.key,
        kind=work.text("kind", required=True, longest=20),
        file_id=work.number("file_id"),
        base_version=work.base_version,
        values=_data(work),
        files=work.files,
        at=work.at,
    )
    match made.state:
        case EditState.CONFLICT:
            return Outcome(
                state=DeedState.CONFLICT,
                number=str(made.pk),
                link=_settling_page(made.pk),
                message=_("他人也改了同一项，两份都已保留"),
                who=_("采集管理员"),
            )
        case EditState.REFUSED:
            return Outcome(state=DeedState.KEPT, number=str(made.pk), message=_("未采用，已留存"))
        case EditState.MERGED:
            return Outcome(number=str(made.pk), message=_("已与他人的修改合并"))
    return Outcome(number=str(made.pk), message=_("档案已更新"))


def _data(work: Work) -> dict[str, Any]:
    data = work.values.get("data") or {}
    if not isinstance(data, dict):
        raise BadDeed(_("内容格式不对"), field="data")
    return data


def _settling_page(edit_id: int) -> str:
    """Where the keeper settles it; "" while that page is not there."""
    try:
        return reverse("registry:conflict-detail", args=[edit_id])
    except NoReverseMatch:
        return ""


def _version(work: Work) -> int | None:
    kind = str(work.values.get("kind"))
    return form_of(kind)["number"] if kind in FileKind.values else None


VISIT = register(DeedKind("visit", gettext_lazy("走访"), visit, most_files=VISIT_FILES))
EDIT = register(
    DeedKind("file_edit", gettext_lazy("档案采集"), edit, needs_place=False, form_version=_version)
)
