"""Pages of analysis: a job drawn and run, a finding judged, a picture revealed with a reason."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from apps.accounts.models import User
from apps.algorithms.selectors import place_of, version_text
from apps.analysis import snapshots
from apps.analysis.models import AnalysisJob, Finding
from apps.audit.models import AuditEntry
from apps.common import clock, files
from apps.video.models import Camera, StandardPicture
from tests.analysis.factories import LANE, LINE, job, person
from tests.cast import Cast
from tests.video.factories import camera

PAGES = ("job-list", "finding-list", "lane-list", "version-list")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(one: AnalysisJob, **given: Any) -> Finding:
    now = clock.now()
    held = BytesIO()
    Image.new("RGB", (64, 36), (90, 120, 60)).save(held, "JPEG")
    plain: dict[str, Any] = {
        "key": "zone-1:1.000", "zone": "zone-1", "zone_name": "消防通道", "began_at": now,
        "last_at": now, "algorithm": "occupation@1.0", "job_version": 1,
        "keep_until": clock.today(), "parameters": {"least_s": 60},
        "picture": snapshots.keep(held.getvalue()), "plain": snapshots.keep(held.getvalue()),
    }  # fmt: skip
    return Finding.objects.create(job=one, **plain | given)


def told(of: Camera, unit_code: str, **given: Any) -> dict[str, Any]:
    plain = {
        "name": "门口客流", "camera": of.gb_code, "algorithm": "line-count", "unit": unit_code,
        "per_second": "5", "window_s": "60", "every_s": "60", "priority": "5",
        "retention": "order", "begin": "00:00", "end": "24:00", "days": ["0", "6"],
        "parameters": "threshold=24", "drawing": json.dumps(LINE),
    }  # fmt: skip
    return plain | given


def test_pages_open_for_their_readers_only(cast: Cast) -> None:
    reader = person("reader", "reader", cast.east_works)
    for name in PAGES:
        assert signed_in(reader).get(reverse(f"analysis:{name}")).status_code == 200
        assert signed_in(cast.outsider).get(reverse(f"analysis:{name}")).status_code == 403
    assert signed_in(reader).get(reverse("analysis:job-new")).status_code == 403


def test_a_job_is_drawn_and_changed(cast: Cast) -> None:
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    of = camera()
    page = reverse("analysis:job-new")
    assert "drawing-stage" in keeper.get(page).content.decode()
    crossing = {"zones": [{"name": "门前", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}
    wrong = keeper.post(page, told(of, cast.east_works.code, drawing=json.dumps(crossing)))
    assert wrong.status_code == 422
    assert "自相交叉" in wrong.content.decode()
    assert keeper.post(page, told(of, cast.west_works.code)).status_code == 422
    assert keeper.post(page, told(of, cast.east_works.code)).status_code == 302
    one = AnalysisJob.objects.get()
    assert one.hours == [{"days": [0, 6], "from": "00:00", "to": "24:00"}]
    assert one.parameters == {"threshold": 24}
    edit = reverse("analysis:job-edit", args=[one.pk])
    assert "threshold=24" in keeper.get(edit).content.decode()
    keeper.post(edit, told(of, cast.east_works.code, name="东门客流"))
    one.refresh_from_db()
    assert (one.name, one.version) == ("东门客流", 2)
    entry = AuditEntry.objects.get(action="analysis_job.changed")
    assert "门口客流" in str(entry.data)
    assert "东门客流" in str(entry.data)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"parameters": "threshold"}, "parameters"),
        ({"drawing": "[" * 10_000}, "drawing"),
        ({"drawing": "[]"}, "drawing"),
        ({"begin": "25:00"}, "__all__"),
        ({"camera": "no"}, "camera"),
    ],
)
def test_hostile_fields_are_told(cast: Cast, given: dict[str, Any], field: str) -> None:
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    answer = keeper.post(reverse("analysis:job-new"), told(camera(), cast.east_works.code, **given))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_neighbours_see_nothing(cast: Cast) -> None:
    one = job(camera(), cast.east_works, code="occupation", drawing=LANE)
    finding = found(one)
    neighbour = signed_in(person("neighbour", "keeper", cast.west_works))
    for name, pk in (
        ("job-detail", one.pk), ("job-edit", one.pk), ("finding-detail", finding.pk),
        ("finding-picture", finding.pk),
    ):  # fmt: skip
        assert neighbour.get(reverse(f"analysis:{name}", args=[pk])).status_code == 404
    assert neighbour.post(reverse("analysis:job-do", args=[one.pk, "run"])).status_code == 404
    assert "消防通道" not in neighbour.get(reverse("analysis:finding-list")).content.decode()


def test_a_finding_is_judged_and_its_plain_picture_asks_a_reason(cast: Cast) -> None:
    one = job(camera(), cast.east_works, code="occupation", drawing=LANE, name="<i>通道</i>")
    finding = found(one)
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    page = reverse("analysis:finding-detail", args=[finding.pk])
    shown = keeper.get(page).content.decode()
    assert "&lt;i&gt;通道" in shown
    assert "occupation@1.0" in shown
    assert keeper.post(page, {"verdict": "false"}).status_code == 422
    assert keeper.post(page, {"verdict": "false", "note": "装卸"}).status_code == 302
    reveal = reverse("analysis:finding-reveal", args=[finding.pk])
    assert keeper.get(reveal).status_code == 405
    assert keeper.post(reveal, {"reason": "核对车牌"}).status_code == 200
    assert AuditEntry.objects.filter(action="finding.revealed").count() == 1
    judge = signed_in(person("judge", "judge", cast.east_works))
    assert judge.post(reveal, {"reason": "看看而已"}).status_code == 403


def test_the_editor_draws_on_the_approved_picture_only(cast: Cast) -> None:
    of = camera()
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    page = reverse("analysis:camera-picture", args=[of.gb_code])
    assert keeper.get(page).status_code == 404
    held = BytesIO()
    Image.new("RGB", (64, 36), (9, 9, 9)).save(held, "PNG")
    stored = files.store(ContentFile(held.getvalue(), name="p.png"))
    now = clock.now()
    StandardPicture.objects.create(
        camera=of, file=stored, state="approved", taken_at=now, proposed_at=now
    )
    assert keeper.get(page).status_code == 200
    neighbour = signed_in(person("neighbour", "keeper", cast.west_works))
    assert neighbour.get(page).status_code == 404


def test_lists_are_exported_without_formulas(cast: Cast) -> None:
    one = job(camera(), cast.east_works, code="occupation", drawing=LANE, name="=1+1")
    found(one)
    reader = signed_in(person("reader", "reader", cast.east_works))
    for name in ("finding-export", "lane-export", "job-export"):
        answer = reader.get(reverse(f"analysis:{name}"))
        book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]
        values = [cell.value for row in book.active.iter_rows() for cell in row]  # type: ignore[union-attr]
        assert "=1+1" not in values
        assert len(values) > 8


def test_a_list_asks_a_bounded_number_of_questions(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for serial in range(1, 4):
        found(job(camera(serial), cast.east_works, code="occupation", drawing=LANE))
    reader = signed_in(person("reader", "reader", cast.east_works))
    reader.get(reverse("analysis:finding-list"))
    with django_assert_max_num_queries(25):
        reader.get(reverse("analysis:finding-list"))
    with django_assert_max_num_queries(30):
        assert reader.get(reverse("analysis:job-list")).status_code == 200


def test_a_canary_is_set_beside_production(cast: Cast) -> None:
    """CP-03, CP-05: runs, findings and false ones by version, of the viewer's own jobs."""
    one, other = job(camera(1), cast.east_works), job(camera(2), cast.east_works)
    reader, neighbour = (
        person("r", "reader", cast.east_works),
        person("n", "reader", cast.west_works),
    )
    algorithm, now = one.algorithm, clock.now()
    old = algorithm.versions.get()
    new = algorithm.versions.create(
        version="9.0", output=old.output, state="published", published_at=now, created_at=now
    )
    algorithm.aliases.create(
        name="canary", version=new, share=place_of(algorithm.code, other.camera.gb_code) + 1,
        moved_at=now,
    )  # fmt: skip
    for of, version in ((one, old), (other, new)):
        of.runs.create(
            started_at=now, ended_at=now, algorithm=version_text(version), job_version=1,
            frames=100, ms=400, ending="done",
        )  # fmt: skip
    for number in range(20):
        found(other, key=str(number), algorithm=version_text(new),
              verdict="false" if number < 5 else "confirmed")  # fmt: skip
    page = reverse("analysis:version-list")
    rows = signed_in(reader).get(page, {"algorithm": algorithm.code}).context["rows"]
    told = {row.version: row for row in rows}
    assert told["9.0"].false_percent == 25.0
    assert (told["9.0"].found, told["9.0"].runs, told["9.0"].ms_per_frame) == (20, 1, 4.0)
    places = [place_of(algorithm.code, of.camera.gb_code) for of in (one, other)]
    assert told["9.0"].now == sum(place <= places[1] for place in places)
    assert told["9.0"].now + told[old.version].now == 2
    assert told[old.version].false_percent is None
    sheet = signed_in(reader).get(reverse("analysis:version-export"), {"algorithm": algorithm.code})
    lines = list(load_workbook(BytesIO(b"".join(sheet))).worksheets[0].values)
    assert [line[0] for line in lines[-2:]] == [old.version, "9.0"]
    western = signed_in(neighbour).get(page, {"algorithm": algorithm.code}).context["rows"]
    assert sum(row.runs + row.found + row.now for row in western) == 0
    assert signed_in(cast.outsider).get(page).status_code == 403
    assert signed_in(reader).get(page, {"algorithm": "nonsense"}).context["rows"] == []
