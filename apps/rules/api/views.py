from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.common.errors import NotAllowed
from apps.rules import selectors
from apps.rules.api.serializers import DecisionSerializer


class DecisionView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=DecisionSerializer, operation_id="decision_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        """Will tell why a table decided as it did."""
        if not isinstance(request.user, User):
            raise NotAllowed(_("请先登录"))
        decision = selectors.get_decision(request.user, pk=pk)
        context = {"request": request, "explanation": selectors.explain(decision)}
        return Response(DecisionSerializer(decision, context=context).data)
