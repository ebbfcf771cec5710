"""上报 and 核实核查: what was found, and what was seen when looking again."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.grid.services import EventReport, answer_look, report_event
from apps.phone.deeds.base import DeedKind, Outcome, Work, register


def report(user: User, work: Work) -> Outcome:
    """Opens a case of a component or an event."""
    spot = work.where()
    found = report_event(
        user,
        key=work.key,
        report=EventReport(
            kind=work.text("kind", required=True, longest=10),
            class_code=work.text("class_code", longest=40),
            title=work.text("title", longest=60),
            text=work.text("text", required=True),
            lon=spot.lon,
            lat=spot.lat,
            accuracy_m=spot.accuracy_m,
            address=work.text("address", longest=200),
            at=work.at,
            asset_id=work.number("asset_id"),
            patrol_id=work.number("patrol_id"),
            files=list(work.files),
            handled_on_spot=work.flag("handled_on_spot"),
        ),
    )
    return Outcome(
        number=found.case.number, link=f"/cases/{found.case_id}/", message=_("已立为案件待办理")
    )


def look(user: User, work: Work) -> Outcome:
    """Answers a verification or a check."""
    spot = work.spot
    found = answer_look(
        user,
        key=work.key,
        task_id=work.needed("task_id"),
        verdict=work.text("verdict", required=True, longest=10),
        result=work.text("result", required=True, longest=1000),
        at=work.at,
        lon=spot.lon if spot else None,
        lat=spot.lat if spot else None,
        accuracy_m=spot.accuracy_m if spot else None,
        files=work.files,
    )
    case = found.event.case
    return Outcome(number=case.number, link=f"/cases/{case.pk}/", message=_("已答复"))


REPORT = register(DeedKind("event_report", gettext_lazy("问题上报"), report))
LOOK = register(DeedKind("look_answer", gettext_lazy("核实核查"), look))
