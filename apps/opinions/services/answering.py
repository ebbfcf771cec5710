"""One person, link or receipt answers a survey once, at a sitting or in several (PT-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock, forms_data, ratelimit, tokens
from apps.common.errors import NotAllowed
from apps.hotline.models import Demand
from apps.opinions.enums import PaperState, Phase, Way
from apps.opinions.errors import AlreadyDone, NotOpen
from apps.opinions.models import SurveyAnswer, SurveyInvite, SurveyLink, SurveyVersion
from apps.opinions.participants import Participant, by_phone, key_of

HOUR = 3600


@dataclass(frozen=True)
class Respondent:
    """Who answers and by what. key: digest, once per survey."""

    key: str
    way: Way


def by_link(tenant_id: int, survey_id: int, token: str, *, address: str) -> Respondent | None:
    """Will give the respondent of a link, None for a token nobody made. Raises: TooMany.

    Whoever was sent the link is the person of that phone, by whatever way they come.
    """
    ratelimit.hit("surveys.link.address", address, limit=300, per_seconds=HOUR)
    link = SurveyLink.objects.filter(survey_id=survey_id, token_hash=tokens.digest(token)).first()
    if link is None:
        return None
    invited = SurveyInvite.objects.filter(link=link).values_list("person", flat=True).first()
    return Respondent(invited or key_of(tenant_id, "link", str(link.pk)), Way.LINK)


def by_receipt(tenant: Tenant, number: str) -> Respondent | None:
    """Will give the respondent of a receipt the browser has proven; None while it is handled.

    Whoever left a phone with the report is that phone: two receipts of one person are one.
    """
    demand = Demand.objects.filter(
        case__number=number, case__tenant=tenant, case__closed_at__isnull=False
    ).first()
    if demand is None:
        return None
    if demand.reporter_phone:
        return Respondent(by_phone(tenant.pk, demand.reporter_phone).key, Way.RECEIPT)
    return Respondent(key_of(tenant.pk, "receipt", number), Way.RECEIPT)


def by_person(person: Participant) -> Respondent:
    """Will give the respondent who confirmed a telephone."""
    return Respondent(person.key, Way.RESIDENT)


def save_answer(
    *,
    version: SurveyVersion,
    respondent: Respondent,
    data: Mapping[str, Any],
    is_done: bool,
    address: str,
) -> SurveyAnswer:
    """Will keep what was answered: ``is_done`` checked and for good, else to go on with later.

    Who began under an earlier version goes on with that one. Locks the answer; of two at once
    the later one is refused. data: typed values, of a done one checked by the questions.

    Raises: NotOpen; NotAllowed (not by this way); AlreadyDone; InvalidInput (a question);
    TooMany.
    """
    if version.phase(clock.today()) != Phase.OPEN or version.state not in (
        PaperState.PUBLISHED,
        PaperState.RETIRED,
    ):
        raise NotOpen
    if respondent.way not in version.ways:
        raise NotAllowed(_("此问卷不以这种方式参与"))
    most = settings.CITIZEN_REPORTS_PER_ADDRESS * 10  # a page may be saved as it grows
    ratelimit.hit("surveys.address", address, limit=most, per_seconds=HOUR)
    checked = forms_data.clean(version.questions, data) if is_done else dict(data)
    with transaction.atomic():
        row, _is_new = SurveyAnswer.objects.get_or_create(
            survey_id=version.survey_id,
            person=respondent.key,
            defaults={"version": version, "way": respondent.way, "saved_at": clock.now()},
        )
        row = SurveyAnswer.objects.select_for_update().get(pk=row.pk)
        if row.is_done:
            raise AlreadyDone(_("您已经提交过这份问卷"))
        row.version, row.way = version, respondent.way
        row.data, row.is_done, row.saved_at = checked, is_done, clock.now()
        row.save()
    return row
