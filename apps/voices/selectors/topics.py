"""Topics as a viewer may see them."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.matters.models import Case
from apps.matters.selectors import visible_cases
from apps.voices.counting import end_of
from apps.voices.enums import LIVE_TOPICS, TopicSource
from apps.voices.models import HotSpot, Topic
from apps.voices.permissions import topics_q
from apps.voices.selectors.teaching import Limit, limits_of


def list_topics(
    viewer: User, *, text: str = "", state: str = "", source: str = ""
) -> QuerySet[Topic]:
    """Will list the topics of the viewer's areas and units, the newest first.

    state: of ``TopicState``, "live" or "". text: part of the name.
    """
    found = Topic.objects.filter(topics_q(viewer))
    if text:
        found = found.filter(name__icontains=text)
    if state == "live":
        found = found.filter(state__in=LIVE_TOPICS)
    elif state:
        found = found.filter(state=state)
    if source:
        found = found.filter(source=source)
    found = found.select_related("area", "unit", "case").defer("area__boundary", "case__search")
    return found.order_by("-last_on", "-reporters", "-pk")


def get_topic(viewer: User, *, pk: int) -> Topic:
    """Raises: NotFound (no such topic, or not for this viewer)."""
    found = Topic.objects.filter(topics_q(viewer), pk=pk)
    topic = found.select_related("area", "unit", "case", "tenant").defer("area__boundary").first()
    if topic is None:
        raise NotFound(_("没有这个专题，或您无权查看"))
    return topic


def reports_of(viewer: User, topic: Topic) -> QuerySet[Case]:
    """Will list the reports of a topic that the viewer may see, newest first."""
    found = visible_cases(viewer).filter(pk__in=topic.found.values("case_id"))
    found = found.select_related("version", "area", "unit")
    return found.defer("search", "form_data", "area__boundary").order_by("-id")


def reports_of_spot(viewer: User, spot: HotSpot) -> QuerySet[Case]:
    """Will list the reports a hot spot was counted from that the viewer may see, newest first."""
    found = visible_cases(viewer).filter(
        tenant_id=spot.tenant_id,
        area_path__startswith=spot.area_path,
        class_code=spot.class_code,
        matter_type__code__startswith="hotline.",
        opened_at__gte=end_of(spot.day) - timedelta(days=spot.window),
        opened_at__lt=end_of(spot.day),
    )
    found = found.select_related("version", "area", "unit")
    return found.defer("search", "form_data", "area__boundary").order_by("-id")


def find_topic_of(viewer: User, spot: HotSpot) -> Topic | None:
    """Will give the newest topic that a hot spot is part of, as far as the viewer sees it."""
    key = f"spot:{spot.area_id}:{spot.class_code}"
    found = Topic.objects.filter(topics_q(viewer), tenant_id=spot.tenant_id, key=key)
    return found.order_by("-pk").first()


def limit_of(topic: Topic) -> Limit:
    """Will give the limit now in force where the topic was found."""
    limits = limits_of(topic.tenant, clock.today())
    if topic.source == TopicSource.PHRASE:
        return limits.of_phrase(topic.phrase)
    return limits.of_spot(topic.area_path, topic.class_code)


def sees_case(viewer: User, topic: Topic) -> bool:
    """Will tell whether the viewer may open the case that was made of a topic."""
    return topic.case_id is not None and visible_cases(viewer).filter(pk=topic.case_id).exists()
