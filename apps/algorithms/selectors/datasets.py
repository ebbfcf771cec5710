"""Data sets and what was done with them. The register is one for the city, as the algorithms are;
who used what is seen by the unit that keeps the data and by the unit that used it."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms.models import DataSet, DataSetGrant, DataSetUse
from apps.algorithms.permissions import units_q
from apps.common import clock
from apps.common.errors import NotFound


def list_data_sets(*, text: str = "", task: str = "", state: str = "") -> QuerySet[DataSet]:
    """Will list data sets with how often they were used (``used``), by code, newest first.

    state: one of ``DataState``, or "over" for those whose time is over and that are not ended.
    """
    found = DataSet.objects.select_related("unit", "sample_set", "made_by", "approved_by")
    if text:
        part = Q(name__icontains=text) | Q(code__icontains=text) | Q(source__icontains=text)
        found = found.filter(part)
    if task:
        found = found.filter(task=task)
    if state == "over":
        found = found.filter(keep_until__lt=clock.today(), ended_at=None)
    elif state:
        found = found.filter(state=state)
    return found.annotate(used=Count("uses")).order_by("code", "-pk")


def get_data_set(pk: int) -> DataSet:
    """Raises: NotFound."""
    found = list_data_sets().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个数据集"))
    return found


def versions_of(one: DataSet) -> QuerySet[DataSet]:
    """Will list the other versions of a data set, newest first."""
    return DataSet.objects.filter(code=one.code).exclude(pk=one.pk).order_by("-pk")


def grants_of(one: DataSet) -> QuerySet[DataSetGrant]:
    """Will list to whom it was opened, newest first."""
    return one.grants.select_related("unit", "granted_by").order_by("-pk")


def uses_of(viewer: User, one: DataSet) -> QuerySet[DataSetUse]:
    """Will list who used it for which version, newest first, as far as the viewer reaches."""
    near = units_q(viewer) | units_q(viewer, "data_set__unit__path")
    found = one.uses.select_related("version__algorithm", "unit", "used_by", "evaluation")
    return found.filter(near).order_by("-pk")
