"""Sealed documents of what was granted, for the case page and for the applicant."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.guides.models import Application, ResultDocument
from apps.matters import selectors as cases
from apps.matters.models import Case
from apps.seals.enums import UseState


def results_of(case: Case) -> QuerySet[ResultDocument]:
    """Will list the documents of one case the caller may see, whatever state they are in."""
    return ResultDocument.objects.filter(case=case).select_related("use").order_by("pk")


def get_result(viewer: User, *, pk: int) -> ResultDocument:
    """Will give one document of a case the viewer may see. Raises: NotFound."""
    seen = cases.visible_cases(viewer).values("pk")
    found = ResultDocument.objects.filter(pk=pk, case__in=seen).select_related("use").first()
    if found is None:
        raise NotFound(_("没有这份结果文书，或您无权查看"))
    return found


def results_for(application: Application) -> QuerySet[ResultDocument]:
    """Will list what is sealed for an applicant, of the main case and of its parts."""
    own = Q(case__application=application) | Q(case__application_part__application=application)
    found = ResultDocument.objects.filter(own, use__state=UseState.SEALED)
    return found.select_related("use__sealed").order_by("pk")


def result_for(application: Application, pk: int) -> ResultDocument:
    """Will give one sealed document of an applicant. Raises: NotFound."""
    found = results_for(application).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份文书，或尚未盖章"))
    return found
