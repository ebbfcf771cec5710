"""Hot spots from an event in a quiet background, and topics from detection to archive (TX-03)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.matters.models import Case, CaseLink
from apps.matters.services import NewLine, add_responsibility
from apps.notices.models import Notice
from apps.onemap.registry import find_layer
from apps.voices import selectors, services
from apps.voices.enums import TopicState
from apps.voices.errors import TopicMoved
from apps.voices.models import HeatScan, HotSpot, StopPhrase, Topic
from apps.voices.tasks import archive
from tests.cast import ROLES, Cast, _person
from tests.hotline.factories import neighbour
from tests.matters import factories as matters
from tests.voices import factories as make

pytestmark = pytest.mark.django_db
DAY = timezone.localdate(make.NIGHT)
WEST = dict(zip(("lon", "lat"), Cast.inside_west(), strict=True))


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def background(cast: Cast) -> None:
    """Will lay a report a week in each district over eight weeks, and two of other classes."""
    make.many(cast, range(7, 63, 7), first=100, until=make.NIGHT)
    make.many(cast, range(8, 64, 7), first=200, until=make.NIGHT, **WEST)


def event(cast: Cast, size: int) -> list[Case]:
    """Will put so many reporters of one thing into the last days of the eastern district."""
    days = [number % 3 for number in range(size)]
    return make.many(cast, days, first=1, until=make.NIGHT, title="海棠花园停水")


def raised(cast: Cast, size: int = 7) -> Topic:
    """Will give the topic of an event in a quiet city."""
    background(cast)
    event(cast, size)
    services.raise_topics(services.scan_day(cast.tenant, day=DAY))
    return Topic.objects.get(source="hot_spot")


def test_a_quiet_week_raises_nothing_and_an_event_of_seven_is_found_where_it_is(
    cast: Cast,
) -> None:
    background(cast)
    make.many(cast, [1], first=1, until=make.NIGHT)
    make.many(cast, [2], first=2, until=make.NIGHT, **WEST)
    quiet = services.scan_day(cast.tenant, day=DAY)
    assert (quiet.spots.count(), quiet.phrases.count()) == (0, 0)
    assert quiet.tested > 0
    event(cast, 7)
    scan = services.scan_day(cast.tenant, day=DAY)
    assert scan.pk == quiet.pk
    spot = scan.spots.get()
    assert spot.area_path.startswith(cast.east.path)
    assert spot.class_code == "road.manhole"
    assert spot.observed >= 6
    assert spot.expected < 2
    assert spot.q_value <= 0.05
    assert spot.point is not None


def test_one_caller_all_day_is_one_voice(cast: Cast) -> None:
    background(cast)
    make.many(cast, [0] * 12, first=1, until=make.NIGHT, reporter_phone="13911112222")
    assert services.scan_day(cast.tenant, day=DAY).spots.count() == 0


def test_a_topic_is_raised_once_named_given_handled_closed_and_archived(cast: Cast) -> None:
    ROLES.setdefault("list_keeper", ["matters.edit_responsibilities"])
    line = NewLine(unit=cast.east_works, area=cast.east, class_code="road.manhole")
    keeper = _person("list_keeper", "林清", "list_keeper", cast.center)
    add_responsibility(keeper, tenant=cast.tenant, line=line, replaces=False)
    with clock.at(make.NIGHT):
        topic = raised(cast)
        assert (topic.state, topic.unit) == ("detected", cast.east_works)
        assert "人反映" in topic.why
        assert topic.reporters >= 7
        assert services.raise_topics(services.scan_day(cast.tenant, day=DAY)) == 0
        assert Topic.objects.filter(source="hot_spot").count() == 1
        assert web(cast.handler).get(f"/voices/topics/{topic.pk}/").status_code == 404
        with pytest.raises(InvalidInput) as refused:
            services.confirm_topic(
                cast.dispatcher, topic_id=topic.pk, name=" ", unit=cast.east_works
            )
        assert refused.value.field == "name"
        given: dict[str, Any] = {"name": "海棠花园停水", "unit": cast.east_works}
        services.confirm_topic(cast.dispatcher, topic_id=topic.pk, **given)
        with pytest.raises(TopicMoved):
            services.confirm_topic(cast.supervisor, topic_id=topic.pk, **given)
        assert Notice.objects.filter(recipient=cast.handler, kind="topic").count() == 1
        assert web(cast.handler).get(f"/voices/topics/{topic.pk}/").status_code == 200
        services.make_case(cast.dispatcher, topic_id=topic.pk, days=5)
        with pytest.raises(TopicMoved):
            services.make_case(cast.dispatcher, topic_id=topic.pk, days=5)
        topic.refresh_from_db()
        case = topic.case
        assert case is not None
        assert (case.matter_type.code, case.state, case.unit) == (
            "voices.early", "given", cast.east_works,
        )  # fmt: skip
        assert CaseLink.objects.filter(source=case, kind="related").count() >= 7
        matters.act(cast.handler, case, "sign", {})
        matters.act(cast.handler, case, "feed_back", matters.feed_back_data())
        matters.act(cast.dispatcher, case, "close", {"note": "已恢复供水"})
        topic.refresh_from_db()
        assert topic.state == TopicState.CLOSED
        assert archive() == 0
    with clock.at(make.NIGHT + timedelta(days=31)):
        assert archive() == 1
        assert archive() == 0
    steps = AuditEntry.objects.filter(object_type="topic", object_id=str(topic.pk)).order_by("pk")
    assert list(steps.values_list("action", flat=True)) == [
        "topic.detected", "topic.confirmed", "topic.case_opened", "topic.closed", "topic.archived",
    ]  # fmt: skip
    assert all({"before", "after"} <= set(step.data) for step in steps)


def test_a_dismissal_teaches_the_threshold_and_says_so(cast: Cast) -> None:
    with clock.at(make.NIGHT):
        topic = raised(cast, size=6)
        with pytest.raises(InvalidInput) as refused:
            services.dismiss_topic(cast.supervisor, topic_id=topic.pk, reason="other")
        assert refused.value.field == "note"
        services.dismiss_topic(cast.supervisor, topic_id=topic.pk, reason="known", note="检修公告")
        topic.refresh_from_db()
        assert "门槛已提高" in selectors.limit_of(topic).sentence
        assert selectors.limit_of(topic).value == pytest.approx(0.005)
        limit = selectors.limit_of(topic).value
        spot = HotSpot.objects.get()
        again = services.scan_day(cast.tenant, day=DAY)
        assert again.spots.filter(q_value__gt=limit).count() == 0
        assert again.spots.exists() == (spot.q_value <= limit)


def test_a_followed_topic_takes_new_reports_in(cast: Cast) -> None:
    with clock.at(make.NIGHT):
        topic = raised(cast)
        services.confirm_topic(
            cast.dispatcher, topic_id=topic.pk, name="停水", unit=cast.east_works
        )
        topic.refresh_from_db()
        before = (topic.reports, topic.reporters)
        make.many(cast, [0, 0], first=50, until=make.NIGHT)
        services.raise_topics(services.scan_day(cast.tenant, day=DAY))
        topic.refresh_from_db()
        assert (topic.reports, topic.reporters) == (before[0] + 2, before[1] + 2)
        assert topic.state == TopicState.FOLLOWED
        services.close_topic(cast.dispatcher, topic_id=topic.pk, note="已恢复")
        assert Topic.objects.get(pk=topic.pk).note == "已恢复"


def test_rising_words_become_a_topic_and_confidential_ones_never_do(cast: Cast) -> None:
    with clock.at(make.NIGHT):
        background(cast)
        make.many(cast, range(9, 60, 3), first=300, until=make.NIGHT, text="路灯不亮请尽快维修")
        loud = {"title": "投诉", "text": "海棠花园小区停水两天了"}
        secret = {"title": "举报", "text": "某仓库夜间偷排废水气味刺鼻", "is_secret": True}
        make.many(cast, [0, 1, 2, 3] * 2, first=1, until=make.NIGHT, **loud)
        make.many(cast, [0, 1, 2, 3] * 2, first=20, until=make.NIGHT, **secret)
        scan = services.scan_day(cast.tenant, day=DAY)
        services.raise_topics(scan)
        words = list(scan.phrases.values_list("text", flat=True))
        assert any("海棠花园" in text for text in words)
        assert not any("废水" in text or "偷排" in text for text in words)
        topic = Topic.objects.get(source="phrase", key=f"phrase:{words[0]}")
        assert topic.reports == 8
        keeper = web(cast.dispatcher)
        keeper.post("/voices/hot/words/", {"text": words[0]})
        keeper.post("/voices/hot/words/", {"text": words[0]})
        assert StopPhrase.objects.count() == 1
        assert words[0] not in services.scan_day(cast.tenant, day=DAY).phrases.values_list(
            "text", flat=True
        )
        keeper.post(f"/voices/hot/words/{StopPhrase.objects.get().pk}/")
        assert not StopPhrase.objects.exists()


def test_the_pages_and_the_layer_keep_to_rights_and_areas(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    with clock.at(make.NIGHT):
        topic = raised(cast)
        spot = HotSpot.objects.get()
        page = web(cast.supervisor)
        with django_assert_max_num_queries(40):
            shown = page.get("/voices/hot/").content.decode()
        assert "road.manhole" in shown or spot.class_label in shown
        assert f"{spot.observed} 人反映" in shown
        for address in (
            f"/voices/hot/{spot.pk}/", "/voices/hot/export/", "/voices/topics/",
            "/voices/topics/export/", f"/voices/topics/{topic.pk}/", "/voices/hot/compare/",
        ):  # fmt: skip
            assert page.get(address).status_code == 200, address
        west = web(cast.dispatcher_west)
        for address in (f"/voices/hot/{spot.pk}/", f"/voices/topics/{topic.pk}/"):
            assert west.get(address).status_code == 404
        assert spot.area.name not in west.get("/voices/hot/").content.decode()
        assert web(cast.handler).get("/voices/hot/").status_code == 403
        assert web(cast.outsider).get("/voices/topics/").status_code == 403
        layer = find_layer("hot-spots")
        assert layer is not None
        assert list(layer.rows(cast.supervisor)) == [spot]
        assert not layer.rows(cast.dispatcher_west).exists()
        given: dict[str, Any] = {"name": "停水", "unit": cast.east_works}
        with pytest.raises(NotFound):
            services.confirm_topic(cast.dispatcher_west, topic_id=topic.pk, **given)
        with pytest.raises(NotFound):
            services.confirm_topic(neighbour(cast), topic_id=topic.pk, **given)
        with pytest.raises(NotAllowed):
            services.confirm_topic(cast.acceptor, topic_id=topic.pk, **given)
        wrong = page.post(f"/voices/topics/{topic.pk}/confirm/", {"name": "停水"})
        assert wrong.status_code == 422
        done = page.post(
            f"/voices/topics/{topic.pk}/confirm/", {"name": "停水", "unit": cast.east_works.pk}
        )
        assert done.status_code == 302
        assert page.post(f"/voices/topics/{topic.pk}/sell/").status_code == 404


def test_a_policy_is_compared_with_everything_else(cast: Cast) -> None:
    after = [number % 14 for number in range(6)]
    before = [14 + number % 14 for number in range(24)]
    make.many(cast, after + before, first=1, until=make.NIGHT)
    make.many(cast, list(range(28)), first=100, until=make.NIGHT, class_code="env.noise")
    with clock.at(make.NIGHT):
        start = DAY - timedelta(days=13)
        found = selectors.compare(
            cast.tenant, area=cast.east, class_code="road.manhole", day=start, days=14
        )
        assert (found.before, found.after) == (24, 6)
        assert (found.other_before, found.other_after) == (14, 14)
        assert found.ratio == pytest.approx(0.25)
        assert "明显减少" in found.verdict
        with pytest.raises(InvalidInput):
            selectors.compare(
                cast.tenant, area=cast.east, class_code="road.manhole", day=DAY, days=14
            )
        query = f"area={cast.east.pk}&class_code=road.manhole&day={start}&days=14"
        shown = web(cast.supervisor).get(f"/voices/hot/compare/?{query}")
        assert "明显减少" in shown.content.decode()
        assert HeatScan.objects.count() == 0
