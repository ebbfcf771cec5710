"""The demo's cameras, and the street that answers for them. Source: VD-01, VD-04."""

from datetime import UTC, datetime

from apps.assets.models import AssetClass
from apps.demo.stages import video as stage
from apps.demo.world import TENANT
from apps.video import selectors, services
from apps.video.models import Camera, EnforcementMedia, ExchangeRun, Source, StandardPicture
from apps.video.street import DEMO_PASSWORD, Street, start
from tests.cast import Cast
from tests.video.factories import person

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def test_the_demo_has_cameras_that_answer(cast: Cast) -> None:
    stage_tenant = cast.tenant
    stage_tenant.code = TENANT
    stage_tenant.save(update_fields=["code"])
    AssetClass.objects.create(code="0112", name="监控摄像机", large_class="公用设施")
    roles = {"keeper": "video_keeper", "approver": "video_approver", "media": "media_keeper"}
    people = {name: person(f"demo-{name}", role, cast.center) for name, role in roles.items()}
    centers = [Cast.inside_east(), Cast.inside_west()]
    assert stage.load_video(centers, until=NOON, people=people) == 20
    assert ExchangeRun.objects.get().added == stage.NETWORKED
    assert StandardPicture.objects.filter(state="approved").count() == 3
    assert EnforcementMedia.objects.count() == 1
    server, address = start(Street(password=DEMO_PASSWORD))
    for source in Source.objects.exclude(url=""):
        source.url = source.url.replace(stage.address(), address)
        source.save(update_fields=["url"])
    first = Camera.objects.order_by("gb_code")[0]
    taken = services.take_picture(first)
    server.shutdown()
    server.server_close()
    day = NOON.date()
    rates = selectors.recording_rates([first.pk], since=day.replace(day=10), until=day)
    assert taken.content.startswith(b"\xff\xd8\xff")
    assert rates[first.pk].rate == 1
