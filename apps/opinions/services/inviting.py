"""Surveys by SMS: citizens drawn from a unit's ended cases get a link of their own.

Drawn by lot and never shown to who draws. A person is asked once per survey and by one survey in
thirty days, by day only, and not who wants no notices at all (退订). The number is kept until the
message is ordered, then its keyed digest alone. Source: PT-08.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record_row
from apps.common import clock, tokens
from apps.common.errors import InvalidInput
from apps.hotline.models import Demand
from apps.hotline.registry import want_nothing
from apps.matters.enums import StateCategory
from apps.notices import services as notices
from apps.opinions import permissions
from apps.opinions.enums import PaperState, Phase, Way
from apps.opinions.models import (
    Survey,
    SurveyAnswer,
    SurveyInvite,
    SurveyLink,
    SurveyVersion,
)
from apps.opinions.participants import by_phone
from apps.opinions.services.surveys import lock_survey

AT_ONCE, DAYS_MOST = 2000, 365
LOT_MOST = 20_000  # numbers a lot is drawn from
PAUSE = timedelta(days=30)
OPENS, CLOSES = time(9), time(20)
BATCH = 200


@dataclass(frozen=True)
class Sample:
    """Who may be asked. size: how many. days: cases ended within so many. class_code: "": all."""

    size: int
    days: int
    class_code: str = ""


@transaction.atomic
def invite(actor: User, *, survey_id: int, sample: Sample) -> int:
    """Will draw citizens and have each sent a link by SMS; gives how many. Audited by number.

    From ended hotline cases of the survey's unit and those below it; of who sees the whole
    city's papers, from all of the city's. Nobody whose report is confidential. Locks the survey.
    Raises: NotFound; NotAllowed; InvalidInput (size, days; the version in force takes no links).
    """
    survey = lock_survey(actor, survey_id)
    permissions.require_over(actor, permissions.DRAFT, survey.unit_path)
    if sample.size not in range(1, AT_ONCE + 1):
        raise InvalidInput(_("一次可邀请 1 至 %d 人") % AT_ONCE, field="size")
    if sample.days not in range(1, DAYS_MOST + 1):
        raise InvalidInput(_("天数须为 1 至 %d") % DAYS_MOST, field="days")
    if version_to_ask(survey) is None:
        raise InvalidInput(_("已发布的版本没有开放专属链接，或不在征集期"), field="size")
    if not settings.PUBLIC_ADDRESS:
        raise InvalidInput(_("未设置对外网址，不能发送链接"), field="size")
    phones = _drawn(actor, survey, sample)
    moment = clock.now()
    made = SurveyInvite.objects.bulk_create(
        [
            SurveyInvite(
                survey=survey,
                person=by_phone(survey.tenant_id, phone).key,
                phone=phone,
                made_at=moment,
            )
            for phone in phones
        ],
        ignore_conflicts=True,
    )
    record_row(
        actor,
        "survey.invited",
        survey,
        count=len(made),
        sample={"size": sample.size, "days": sample.days, "class": sample.class_code},
    )
    return len(made)


def version_to_ask(survey: Survey) -> SurveyVersion | None:
    """Will give the version citizens may be sent to now; None: none in force takes links."""
    version = survey.versions.filter(state=PaperState.PUBLISHED).first()
    takes = version is not None and Way.LINK in version.ways
    is_open = version is not None and version.phase(clock.today()) == Phase.OPEN
    return version if takes and is_open else None


def _drawn(actor: User, survey: Survey, sample: Sample) -> list[str]:
    since = clock.now() - timedelta(days=sample.days)
    found = Demand.objects.filter(
        case__tenant_id=survey.tenant_id,
        case__category=StateCategory.ENDED,
        case__closed_at__gte=since,
        case__is_confidential=False,
        is_secret=False,
    ).exclude(reporter_phone="")
    if not permissions.sees_city(actor, survey.tenant_id):
        found = found.filter(case__unit_path__startswith=survey.unit_path)
    if sample.class_code:
        found = found.filter(case__class_code__startswith=sample.class_code)
    newest = found.order_by("-case__closed_at").values_list("reporter_phone", flat=True)
    numbers = list(dict.fromkeys(newest[:LOT_MOST]))
    asked = _asked(survey, numbers)
    left = [number for number in numbers if number not in asked]
    refusing = want_nothing(survey.tenant_id, left)
    lot = [number for number in left if number not in refusing]
    return secrets.SystemRandom().sample(lot, min(sample.size, len(lot)))


def _asked(survey: Survey, numbers: list[str]) -> set[str]:
    """Whom this survey has asked or heard already, and whom any survey of the city asked lately."""
    keys = {by_phone(survey.tenant_id, number).key: number for number in numbers}
    earlier = SurveyInvite.objects.filter(survey__tenant_id=survey.tenant_id, person__in=keys)
    lately = earlier.filter(made_at__gt=clock.now() - PAUSE)
    own = earlier.filter(survey=survey)
    answered = SurveyAnswer.objects.filter(survey=survey, person__in=keys)
    found = [*(lately | own).values_list("person", flat=True)]
    return {keys[key] for key in [*found, *answered.values_list("person", flat=True)]}


def send_invites(*, limit: int = BATCH) -> int:
    """Will order the messages that are due and give how many; by day only, safe to run twice.

    Those of a survey that is over in the meantime are dropped with their numbers.
    """
    if not is_day(clock.now()):
        return 0
    waiting = SurveyInvite.objects.filter(sent_at=None).exclude(phone="").order_by("pk")
    return sum(_send(key) for key in list(waiting.values_list("pk", flat=True)[:limit]))


def is_day(moment: datetime) -> bool:
    """Will tell whether citizens may be written to now, by the city's clock."""
    return OPENS <= timezone.localtime(moment).time() < CLOSES


@transaction.atomic
def _send(invite_id: int) -> int:
    row = (
        SurveyInvite.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("survey__unit", "survey__tenant")
        .filter(pk=invite_id, sent_at=None)
        .exclude(phone="")
        .first()
    )
    if row is None:
        return 0
    phone, row.phone = row.phone, ""
    version = version_to_ask(row.survey)
    if version is None or want_nothing(row.survey.tenant_id, [phone]):
        row.save(update_fields=["phone"])
        return 0
    token, moment = tokens.new_token(), clock.now()
    row.link = SurveyLink.objects.create(
        survey=row.survey, token_hash=tokens.digest(token), made_at=moment
    )
    row.sent_at = moment
    row.save(update_fields=["phone", "link", "sent_at"])
    path = reverse("opinions-public:survey-link", args=[row.survey_id, token])
    notices.send_sms(
        to=phone,
        text=_("【%(city)s】%(unit)s邀请您参加问卷“%(title)s”，%(until)s前有效：%(url)s 退订回T")
        % {
            "city": row.survey.tenant.name,
            "unit": row.survey.unit.name,
            "title": version.title,
            "until": f"{version.closes_on:%m-%d}",
            "url": settings.PUBLIC_ADDRESS + path,
        },
        key=f"survey-invite:{row.pk}",
    )
    return 1
