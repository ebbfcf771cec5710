"""Listeners and their deliveries for other systems: read, and try again (MT-07, RU-03)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.permissions import HasScope
from apps.matters import permissions, selectors, services
from apps.matters.enums import DeliveryState, ListenerState
from apps.matters.listener_words import Words, read_words, sentence_of
from apps.matters.models import Listener, ListenerDelivery

READ, REPLAY = HasScope("listeners.read"), HasScope("listeners.replay")


class ListenerSerializer(serializers.ModelSerializer[Listener]):
    """One listener. sentence: what it waits for and does, in words. done, failed: deliveries."""

    sentence = serializers.SerializerMethodField()
    tenant = serializers.CharField(source="tenant.code", allow_null=True, default=None)
    author = serializers.CharField(source="author.display_name")
    approver = serializers.CharField(source="approver.display_name", allow_null=True, default=None)
    done = serializers.IntegerField()
    failed = serializers.IntegerField()

    class Meta:
        model = Listener
        fields = (
            "id",
            "name",
            "purpose",
            "sentence",
            "tenant",
            "pattern",
            "condition",
            "effect",
            "effect_data",
            "state",
            "author",
            "approver",
            "approved_at",
            "done",
            "failed",
        )

    def get_sentence(self, listener: Listener) -> str:
        return sentence_of(listener, self._words())

    def _words(self) -> Words:
        """The labels, read once for a whole page."""
        root: Any = self.root
        if not hasattr(root, "words_read"):
            root.words_read = read_words()
        words: Words = root.words_read
        return words


class DeliverySerializer(serializers.ModelSerializer[ListenerDelivery]):
    """One event for one listener. reason: why it was set off; error: why it failed or stopped.

    case, result_case: receipt numbers. depth: how many deliveries led to it, 1 for the first.
    The reason quotes the case, so it is empty where the caller may not see that case.
    """

    reason = serializers.SerializerMethodField()

    listener = serializers.IntegerField(source="listener_id")
    case = serializers.CharField(source="case.number")
    action = serializers.CharField(source="event.action")
    seq = serializers.IntegerField(source="event.seq")
    result_case = serializers.CharField(source="result_case.number", allow_null=True, default=None)

    class Meta:
        model = ListenerDelivery
        fields = (
            "id",
            "listener",
            "case",
            "action",
            "seq",
            "state",
            "depth",
            "attempts",
            "reason",
            "error",
            "result",
            "result_case",
            "created_at",
            "done_at",
        )

    def get_reason(self, delivery: ListenerDelivery) -> str:
        return delivery.reason if delivery.case_id in self.context.get("seen", ()) else ""


class ListenerList(generics.ListAPIView[Listener]):
    """The listeners of the caller's tenant and of the whole city; ``q`` searches their names."""

    permission_classes = [IsAuthenticated, READ]
    serializer_class = ListenerSerializer

    def get_queryset(self) -> QuerySet[Listener]:
        if getattr(self, "swagger_fake_view", False):
            return Listener.objects.none()
        viewer: Any = self.request.user
        permissions.require_view_listeners(viewer)
        asked = self.request.query_params
        return selectors.list_listeners(
            viewer, query=asked.get("q", "")[:60], state=asked.get("state", "")
        )

    @extend_schema(
        operation_id="listeners",
        parameters=[
            OpenApiParameter("q", str),
            OpenApiParameter("state", str, enum=ListenerState.values),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ListenerDetail(APIView):
    """One listener."""

    permission_classes = [IsAuthenticated, READ]

    @extend_schema(operation_id="listener", responses=ListenerSerializer)
    def get(self, request: Request, pk: int) -> Response:
        viewer: Any = request.user
        found = selectors.get_listener(viewer, listener_id=pk)
        counted = selectors.list_listeners(viewer).get(pk=found.pk)
        return Response(ListenerSerializer(counted).data)


class DeliveryList(generics.ListAPIView[ListenerDelivery]):
    """What became of each event for each listener, newest first."""

    permission_classes = [IsAuthenticated, READ]
    serializer_class = DeliverySerializer

    def get_queryset(self) -> QuerySet[ListenerDelivery]:
        if getattr(self, "swagger_fake_view", False):
            return ListenerDelivery.objects.none()
        viewer: Any = self.request.user
        permissions.require_view_listeners(viewer)
        asked = self.request.query_params
        text = asked.get("listener", "")
        listener = None
        if text.isdecimal() and len(text) < 19:
            listener = selectors.get_listener(viewer, listener_id=int(text))
        return selectors.list_deliveries(viewer, state=asked.get("state", ""), listener=listener)

    def paginate_queryset(self, queryset: Any) -> Any:
        page: Any = super().paginate_queryset(queryset)
        viewer: Any = self.request.user
        self.seen = selectors.seen_cases(viewer, page or ())
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"seen": getattr(self, "seen", set())}

    @extend_schema(
        operation_id="listener_deliveries",
        parameters=[
            OpenApiParameter("state", str, enum=DeliveryState.values),
            OpenApiParameter("listener", int),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class DeliveryReplay(APIView):
    """Has a failed or stopped delivery tried again; anything else is answered 409.

    The effect is applied once, however often this is called: look the delivery up to see how
    it ended.
    """

    permission_classes = [IsAuthenticated, REPLAY]

    @extend_schema(
        operation_id="listener_delivery_replay",
        request=None,
        responses={202: DeliverySerializer},
        examples=[
            OpenApiExample(
                "ordered",
                response_only=True,
                value={
                    "id": 118,
                    "listener": 4,
                    "case": "2026112100017",
                    "action": "accept",
                    "seq": 2,
                    "state": "waiting",
                    "depth": 1,
                    "attempts": 0,
                    "reason": "来源渠道是“电话”（电话）",
                    "error": "",
                    "result": "",
                    "result_case": None,
                    "created_at": "2026-11-21T09:30:00+08:00",
                    "done_at": None,
                },
            )
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        actor: Any = request.user
        selectors.get_delivery(actor, delivery_id=pk)
        services.replay_delivery(actor, delivery_id=pk)
        delivery = selectors.get_delivery(actor, delivery_id=pk)
        seen = selectors.seen_cases(actor, [delivery])
        return Response(DeliverySerializer(delivery, context={"seen": seen}).data, status=202)
