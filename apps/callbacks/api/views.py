"""Call-backs for other systems, as their service account: list, read, take, dial, write down.

The same services and rules as the pages: nobody of the handling unit reads or calls, an agent
never learns the number. Source: HL-14, HL-17.
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.callbacks import permissions, selectors, services
from apps.callbacks.api.serializers import (
    AnswerSerializer,
    CallbackDetailSerializer,
    CallbackFilter,
    CallbackSerializer,
)
from apps.callbacks.models import CallbackTask
from apps.callbacks.services.dialling import dial
from apps.gateway.permissions import HasScope


def _person(request: Request, *rights: str) -> User:
    assert isinstance(request.user, User)
    permissions.require_any(request.user, *rights)
    return request.user


class CallbackList(generics.ListAPIView[CallbackTask]):
    """The call-backs in reach, newest first."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = CallbackSerializer
    filterset_class = CallbackFilter

    def get_queryset(self) -> QuerySet[CallbackTask]:
        if getattr(self, "swagger_fake_view", False):
            return CallbackTask.objects.none()
        viewer = _person(self.request, *permissions.READERS)
        return selectors.list_tasks(viewer).select_related("follow_up")

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"viewer": self.request.user}


class CallbackDetail(APIView):
    """One call-back with its script and attempts."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]

    @extend_schema(responses=CallbackDetailSerializer, operation_id="callback_read")
    def get(self, request: Request, pk: int) -> Response:
        return _shown(_person(request, *permissions.READERS), pk)


class CallbackClaim(APIView):
    """Takes the next call-back, or gives the one in hand; 204 where none waits."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_CALL)]

    @extend_schema(
        request=None,
        responses={200: CallbackDetailSerializer, 204: None},
        operation_id="callback_claim",
    )
    def post(self, request: Request) -> Response:
        person = _person(request, permissions.CALL)
        task = services.claim_next(person)
        return Response(status=204) if task is None else _shown(person, task.pk)


class CallbackDial(APIView):
    """Has the exchange call the citizen and the agent; the number is not told."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_CALL)]

    @extend_schema(request=None, responses=CallbackDetailSerializer, operation_id="callback_dial")
    def post(self, request: Request, pk: int) -> Response:
        person = _person(request, permissions.CALL)
        selectors.get_task(person, pk=pk)
        dial(person, task_id=pk)
        return _shown(person, pk)


class CallbackGiveBack(APIView):
    """Puts the call-back back in line; again changes nothing."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_CALL)]

    @extend_schema(
        request=None, responses=CallbackDetailSerializer, operation_id="callback_give_back"
    )
    def post(self, request: Request, pk: int) -> Response:
        person = _person(request, permissions.CALL)
        selectors.get_task(person, pk=pk)
        services.give_back(person, task_id=pk)
        return _shown(person, pk)


class CallbackAttempts(APIView):
    """Writes an attempt down; it closes the case, opens it again, or lets it wait."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_CALL)]

    @extend_schema(
        request=AnswerSerializer,
        responses=CallbackDetailSerializer,
        operation_id="callback_attempt",
    )
    def post(self, request: Request, pk: int) -> Response:
        person = _person(request, permissions.CALL)
        selectors.get_task(person, pk=pk)
        sent = AnswerSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.record_attempt(
            person, task_id=pk, number=sent.validated_data["number"], answer=sent.answer()
        )
        return _shown(person, pk)


def _shown(person: User, pk: int) -> Response:
    task = selectors.get_task(person, pk=pk)
    return Response(CallbackDetailSerializer(task, context={"viewer": person}).data)
