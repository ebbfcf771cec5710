"""Groups, hot spots and topics for other systems, as their service account (TX-02, TX-03).

The same services and the same sight as the pages.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway.permissions import HasScope
from apps.matters.selectors import get_case
from apps.voices import permissions, selectors, services
from apps.voices.api import serializers as shapes
from apps.voices.models import HotSpot, Topic, VoiceGroup

SPOT_DAYS = 30


def _viewer(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reader(request: Request) -> User:
    viewer = _viewer(request)
    permissions.require_read(viewer)
    return viewer


def _topic_reader(request: Request) -> User:
    viewer = _viewer(request)
    permissions.require_read_topics(viewer)
    return viewer


def _sent(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    found: dict[str, Any] = wanted.validated_data
    return found


class GroupList(generics.ListAPIView[VoiceGroup]):
    """The groups whose main case the caller sees, newest first."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.GroupSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[VoiceGroup]:
        if getattr(self, "swagger_fake_view", False):
            return VoiceGroup.objects.none()
        return selectors.list_groups(_reader(self.request))


class GroupDetail(APIView):
    """One group with the voices the caller may see."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]

    @extend_schema(responses=shapes.GroupDetailSerializer, operation_id="voice_group_read")
    def get(self, request: Request, pk: int) -> Response:
        return _group(_reader(request), pk)


class GroupJoin(APIView):
    """Lets a case wait for the result of another; the same two again change nothing."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.JoinSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_join",
    )
    def post(self, request: Request) -> Response:
        viewer, sent = _reader(request), _sent(shapes.JoinSerializer, request)
        voice = services.join(
            viewer,
            case_id=get_case(viewer, number=sent["case"], caller=request.auth).pk,
            main_id=get_case(viewer, number=sent["main"], caller=request.auth).pk,
            reason=sent["reason"],
            answer=sent["answer"],
        )
        return _group(viewer, voice.group_id)


class VoiceLeave(APIView):
    """Undoes a merge: the case goes on by itself."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.LeaveSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_leave",
    )
    def post(self, request: Request, pk: int, voice_id: int) -> Response:
        viewer, sent = _reader(request), _sent(shapes.LeaveSerializer, request)
        selectors.get_group(viewer, pk=pk)
        services.leave(viewer, voice_id=voice_id, reason=sent["reason"])
        return _group(viewer, pk)


class GroupAnswer(APIView):
    """Writes the answer every voice is told; the same words again change nothing."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.GroupAnswerSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_answer",
    )
    def put(self, request: Request, pk: int) -> Response:
        viewer, sent = _reader(request), _sent(shapes.GroupAnswerSerializer, request)
        services.save_answer(viewer, group_id=pk, text=sent["answer"])
        return _group(viewer, pk)


def _group(viewer: User, pk: int) -> Response:
    return Response(shapes.GroupDetailSerializer(selectors.get_group(viewer, pk=pk)).data)


class SpotList(generics.ListAPIView[HotSpot]):
    """The hot spots of the caller's areas found in the last 30 days."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.HotSpotSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[HotSpot]:
        if getattr(self, "swagger_fake_view", False):
            return HotSpot.objects.none()
        since = clock.today() - timedelta(days=SPOT_DAYS)
        return selectors.list_spots(_reader(self.request), since=since)


class TopicList(generics.ListAPIView[Topic]):
    """The topics of the caller's areas and units, newest first."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.TopicSerializer
    filterset_class = shapes.TopicFilter

    def get_queryset(self) -> QuerySet[Topic]:
        if getattr(self, "swagger_fake_view", False):
            return Topic.objects.none()
        return selectors.list_topics(_topic_reader(self.request))


class TopicDetail(APIView):
    """One topic."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]

    @extend_schema(responses=shapes.TopicSerializer, operation_id="topic_read")
    def get(self, request: Request, pk: int) -> Response:
        return _topic(_topic_reader(request), pk)


class _TopicDeed(APIView):
    """One deed on a topic, by those who keep topics."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    def done(
        self,
        request: Request,
        pk: int,
        shape: type[serializers.Serializer[Any]],
        deed: Callable[..., Topic],
    ) -> Response:
        """Will do the deed with what was sent, as ``shape`` has it."""
        viewer = _topic_reader(request)
        selectors.get_topic(viewer, pk=pk)
        deed(viewer, topic_id=pk, **_sent(shape, request))
        return _topic(viewer, pk)


class TopicConfirm(_TopicDeed):
    """Says that this is a topic and who answers for it; the unit is told."""

    @extend_schema(
        request=shapes.ConfirmSerializer,
        responses=shapes.TopicSerializer,
        operation_id="topic_confirm",
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.done(request, pk, shapes.ConfirmSerializer, self._confirm)

    @staticmethod
    def _confirm(viewer: User, *, topic_id: int, name: str, unit: str) -> Topic:
        tenant = selectors.get_topic(viewer, pk=topic_id).tenant_id
        found = Organization.objects.filter(tenant_id=tenant, code=unit).first()
        if found is None:
            raise InvalidInput(_("没有这个单位"), field="unit")
        return services.confirm_topic(viewer, topic_id=topic_id, name=name, unit=found)


class TopicDismiss(_TopicDeed):
    """Says that this is none."""

    @extend_schema(
        request=shapes.DismissSerializer,
        responses=shapes.TopicSerializer,
        operation_id="topic_dismiss",
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.done(request, pk, shapes.DismissSerializer, services.dismiss_topic)


class TopicEarly(_TopicDeed):
    """Makes a case of it before more complain (未诉先办)."""

    @extend_schema(
        request=shapes.EarlySerializer,
        responses=shapes.TopicSerializer,
        operation_id="topic_early",
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.done(request, pk, shapes.EarlySerializer, services.make_case)


class TopicClose(_TopicDeed):
    """Ends a topic that needed no case."""

    @extend_schema(
        request=shapes.CloseSerializer,
        responses=shapes.TopicSerializer,
        operation_id="topic_close",
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.done(request, pk, shapes.CloseSerializer, services.close_topic)


def _topic(viewer: User, pk: int) -> Response:
    return Response(shapes.TopicSerializer(selectors.get_topic(viewer, pk=pk)).data)
