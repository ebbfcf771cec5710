"""What collections and surveys have in common: checks of words, windows, units; two people.

Called by the services beside it only.
"""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.texts import clean_text
from apps.notices import services as notices
from apps.opinions import permissions
from apps.opinions.enums import PaperState
from apps.opinions.errors import PaperMoved
from apps.opinions.models import Collection, SurveyVersion

Paper = Collection | SurveyVersion
DAYS_MOST = 366
NOTE_MAX = 300
MOVING = ("state", "note", "published_by", "published_at")


def require_state(paper: Paper, *states: PaperState) -> None:
    """Raises: PaperMoved (it is in none of the states)."""
    if paper.state not in states:
        raise PaperMoved(_("当前为“%s”，不能执行该操作") % paper.get_state_display())


def check_window(opens_on: date, closes_on: date) -> None:
    """Raises: InvalidInput (field closes_on: before the first day, past, longer than a year)."""
    if closes_on < opens_on:
        raise InvalidInput(_("截止日期不能早于开始日期"), field="closes_on")
    if (closes_on - opens_on).days > DAYS_MOST:
        raise InvalidInput(_("征集期不能超过一年"), field="closes_on")
    if closes_on < clock.today():
        raise InvalidInput(_("截止日期已过"), field="closes_on")


def require_draft(actor: User, unit: Organization) -> None:
    """Raises: NotAllowed (not for this unit); InvalidInput (field unit: closed)."""
    permissions.require_over(actor, permissions.DRAFT, unit.path)
    if not unit.is_active:
        raise InvalidInput(_("请选择在用的单位"), field="unit")


def submit(actor: User, paper: Paper, unit: Organization, *, url: str, title: str) -> None:
    """Will hand a locked draft to a second person, who is told. Audited.

    Raises: NotAllowed; PaperMoved; InvalidInput (the window is over).
    """
    permissions.require_over(actor, permissions.DRAFT, unit.path)
    require_state(paper, PaperState.DRAFT)
    check_window(paper.opens_on, paper.closes_on)
    move(actor, "submitted", paper, state=PaperState.SUBMITTED, note="")
    deciders = users_with_permission(permissions.PUBLISH, organization=unit)
    notices.notify(
        recipients=deciders.exclude(pk=paper.author_id),
        kind="opinions",
        title=_("待发布：%s") % title,
        url=url,
        key=f"{paper._meta.label_lower}:{paper.pk}:{clock.now().timestamp()}",
    )


def send_back(actor: User, paper: Paper, unit: Organization, *, note: str) -> None:
    """Will give a locked paper back to its author, with the reason. Audited.

    Raises: NotAllowed (not a second person); PaperMoved; InvalidInput (note).
    """
    require_second(actor, paper, unit)
    require_state(paper, PaperState.SUBMITTED)
    why = clean_text(note, "note", _("退回原因"), most=NOTE_MAX)
    move(actor, "sent_back", paper, state=PaperState.DRAFT, note=why)


def publish(actor: User, paper: Paper, unit: Organization) -> None:
    """Will publish a locked paper. Audited. Raises: NotAllowed; PaperMoved; InvalidInput."""
    require_second(actor, paper, unit)
    require_state(paper, PaperState.SUBMITTED)
    check_window(paper.opens_on, paper.closes_on)
    move(
        actor,
        "published",
        paper,
        state=PaperState.PUBLISHED,
        published_by=actor,
        published_at=clock.now(),
    )


def require_second(actor: User, paper: Paper, unit: Organization) -> None:
    """Raises: NotAllowed (no right over the unit, or the author in person)."""
    permissions.require_over(actor, permissions.PUBLISH, unit.path)
    if paper.author_id == actor.pk:
        raise NotAllowed(_("起草人不能发布自己起草的内容，请由另一人发布"))


def move(actor: User, deed: str, paper: Paper, **values: Any) -> None:
    """Will change fields of a locked paper and write down what they were. Audited."""
    before = snapshot(paper, *MOVING)
    for name, value in values.items():
        setattr(paper, name, value)
    paper.save(update_fields=[*values])
    record_row(
        actor,
        f"{paper._meta.model_name}.{deed}",
        paper,
        **changes(before, snapshot(paper, *MOVING)),
    )
