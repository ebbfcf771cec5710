"""A citizen's own demands, and a report in their name. AC-04."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.pagination import NewestFirstCursorPagination
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.hotline.api.serializers import OwnDemandSerializer, ProgressSerializer
from apps.hotline.citizen.selectors import progress_of
from apps.hotline.models import Demand
from apps.hotline.selectors.own_demands import own_demands
from apps.hotline.services import Intake
from apps.hotline.services.registering import MATTER_TYPE, NAME_MAX
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.residents.citizens import TOKEN, CitizenView
from apps.residents.models import PublicToken
from apps.residents.selectors import acting_of


class OwnDemandsView(CitizenView):
    """What the account's phone reported, in public words, newest first."""

    @extend_schema(
        responses=OwnDemandSerializer(many=True),
        parameters=[TOKEN],
        operation_id="public_demands",
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirstCursorPagination()
        found = pages.paginate_queryset(own_demands(self.session), request, view=self)
        rows = [_row(demand) for demand in found or []]
        return pages.get_paginated_response(OwnDemandSerializer(rows, many=True).data)


class OwnDemandView(CitizenView):
    """How far one of them is."""

    @extend_schema(responses=ProgressSerializer, parameters=[TOKEN], operation_id="public_demand")
    def get(self, request: Request, number: str) -> Response:
        demand = own_demands(self.session).filter(case__number=number).first()
        if demand is None:
            raise NotFound(_("没有这件诉求"))
        return Response(progress_data(demand.case))


def progress_data(case: Case) -> dict[str, Any]:
    """Will give how far a case is in the shape of ``ProgressSerializer``."""
    found = progress_of(case)
    told = {
        "number": found.case.number,
        "state": found.state_label,
        "category": found.case.category,
        "unit": found.unit,
        "expected_at": found.expected_at,
        "can_complete": found.can_complete,
        "can_evaluate": found.can_evaluate,
        "steps": found.steps,
    }
    return dict(ProgressSerializer(told).data)


def as_citizen(session: PublicToken, intake: Intake) -> Intake:
    """Will give the report with the verified phone and name of the account, whatever was sent.

    Who acts for a legal person reports in its name, if the agency covers demands.
    Raises: Refused (they act for it no longer); NotAllowed (not in this matter).
    """
    account, name = session.account, session.account.name
    if session.acting_for_id is not None:
        acting = acting_of(session)
        if acting is None:
            raise Refused(_("您的代理已失效，请改为以本人名义办理"), code="acting_ended")
        if not acting.covers(MATTER_TYPE):
            raise NotAllowed(_("您的代理范围不包括反映诉求"), code="agency_out_of_scope")
        by = _("（经办人：%s）") % name
        name = acting.legal_person.name[: NAME_MAX - len(by)] + by
    return replace(intake, reporter_phone=account.phone, reporter_name=name[:NAME_MAX])


def _row(demand: Demand) -> dict[str, Any]:
    case = demand.case
    definition = definition_of(case.version_id, case.version.body)
    return {
        "number": case.number,
        "title": case.title,
        "state": definition.state(case.state).public_label,
        "unit": case.unit.name if case.unit else "",
        "opened_at": case.opened_at,
        "expected_at": None if case.is_ended or case.clock_paused else case.due_at,
        "closed_at": case.closed_at,
    }
