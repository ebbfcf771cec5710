from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.common.errors import InvalidInput, NotAllowed
from apps.rules import selectors
from apps.rules.api.serializers import (
    DecisionBriefSerializer,
    DecisionSerializer,
    WhyNotSerializer,
)

_MOST_LISTED = 100


def _viewer(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotAllowed(_("请先登录"))
    return request.user


class DecisionListView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        responses=DecisionBriefSerializer(many=True),
        parameters=[OpenApiParameter("subject", str, required=True, description="case:123")],
        operation_id="decision_list",
    )
    def get(self, request: Request) -> Response:
        """Will list what the rules decided on a subject, the newest 100 first."""
        subject = request.query_params.get("subject", "")
        if not subject:
            raise InvalidInput(_("请给出对象，如 case:123"), field="subject")
        found = selectors.list_subject_decisions(_viewer(request), subject=subject)
        return Response(DecisionBriefSerializer(found[:_MOST_LISTED], many=True).data)


class DecisionView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=DecisionSerializer, operation_id="decision_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        """Will tell why a table decided as it did."""
        decision = selectors.get_decision(_viewer(request), pk=pk)
        context = {
            "request": request,
            "explanation": selectors.explain(decision),
            "alternatives": selectors.list_alternatives(decision),
        }
        return Response(DecisionSerializer(decision, context=context).data)


class WhyNotView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=WhyNotSerializer, operation_id="decision_why_not")
    def get(self, request: Request, pk: int, row: str) -> Response:
        """Will tell why a row of the table, named by its key, was not the one."""
        decision = selectors.get_decision(_viewer(request), pk=pk)
        return Response(WhyNotSerializer(selectors.why_not(decision, row)).data)
