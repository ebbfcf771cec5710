"""Which survey a citizen is asked, and what they have answered so far."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock
from apps.common.errors import NotFound
from apps.opinions.enums import PaperState
from apps.opinions.models import SurveyAnswer, SurveyVersion


def list_public_surveys(tenant: Tenant) -> QuerySet[SurveyVersion]:
    """Will give the surveys that are open today, the first to close first."""
    today = clock.today()
    return (
        SurveyVersion.objects.filter(
            survey__tenant=tenant,
            state=PaperState.PUBLISHED,
            opens_on__lte=today,
            closes_on__gte=today,
        )
        .select_related("survey__unit")
        .order_by("closes_on", "id")
    )


def version_for(tenant: Tenant, survey_id: int) -> SurveyVersion:
    """Will give the published version of a survey, whatever its window. Raises: NotFound."""
    version = (
        SurveyVersion.objects.filter(
            survey_id=survey_id, survey__tenant=tenant, state=PaperState.PUBLISHED
        )
        .select_related("survey__unit", "survey__tenant")
        .first()
    )
    if version is None:
        raise NotFound(_("没有这份问卷"))
    return version


def answer_of(survey_id: int, key: str) -> SurveyAnswer | None:
    """Will give what a respondent has answered, begun or done."""
    found = SurveyAnswer.objects.filter(survey_id=survey_id, person=key)
    return found.select_related("version__survey").first()
