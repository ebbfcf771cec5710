"""From a file to a layer: all of it or nothing, and only for those it belongs to."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.geodata import services
from apps.geodata.enums import JobState
from apps.geodata.models import Dataset, ImportedFeature, ImportJob
from apps.geodata.schema import rules_of
from apps.notices.models import Notice
from apps.onemap.selectors import FIELD_PREFIX, list_layers, open_layer
from apps.places.coordinates import gcj02_to_wgs84, wgs84_to_gcj02
from tests.cast import Cast
from tests.geodata.factories import (
    along_roads,
    collection,
    confirmation,
    imported,
    keeper,
    lay_roads,
    polygon,
    uploaded,
)

pytestmark = pytest.mark.django_db


def test_a_file_becomes_a_layer_of_its_unit(cast: Cast) -> None:
    lay_roads()
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection(along_roads()))
    assert job.state == JobState.PREVIEWED
    assert job.summary["count"] == 72
    kinds = {rule.label: rule.kind for rule in rules_of(job.summary["rules"])}
    assert kinds == {"编号": "text", "功率": "integer", "道路": "text"}
    assert ImportedFeature.objects.count() == 0

    services.confirm_import(actor, job_id=job.pk, confirmation=confirmation(job))
    services.run_due()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert job.path == ""
    opened = open_layer(actor, job.dataset.layer_code)
    assert opened.rows.count() == 72
    row = opened.with_fields().order_by("row_number").values().first()
    assert row[f"{FIELD_PREFIX}gong_lv"] == 60
    feature = opened.rows.order_by("row_number").first()
    assert feature.geometry_3857.srid == 3857
    assert feature.area_path == cast.cells["east"][2].path
    assert Notice.objects.filter(recipient=actor, kind="geodata").count() == 2
    written = AuditEntry.objects.get(action="geodata_import.written")
    assert written.data["crs_used"] == "EPSG:4326"


def test_a_neighbour_sees_nothing_of_it(cast: Cast) -> None:
    dataset = imported(keeper(cast), cast.east_works, collection(along_roads()))
    for viewer in (cast.handler_west, AnonymousUser()):
        with pytest.raises(NotFound):
            open_layer(viewer, dataset.layer_code)
        assert dataset.layer_code not in [layer.code for layer in list_layers(viewer)]


def test_data_for_the_whole_body_is_seen_by_the_neighbour(cast: Cast) -> None:
    dataset = imported(
        keeper(cast), cast.east_works, collection(along_roads()), visibility="tenant"
    )
    assert open_layer(cast.handler_west, dataset.layer_code).rows.count() == 72


def test_only_a_keeper_of_the_unit_brings_data(cast: Cast) -> None:
    file = SimpleUploadedFile("a.geojson", collection(along_roads()))
    with pytest.raises(NotAllowed):
        services.take_in(cast.acceptor, upload=file, unit=cast.east_works, name="路灯")
    with pytest.raises(NotAllowed):
        services.take_in(keeper(cast), upload=file, unit=cast.west_works, name="路灯")
    job = uploaded(keeper(cast), cast.east_works, collection(along_roads()))
    with pytest.raises(NotAllowed):
        services.confirm_import(
            keeper(cast, "handler_west"), job_id=job.pk, confirmation=confirmation(job)
        )


def test_shifted_coordinates_are_refused_until_somebody_answers_for_them(cast: Cast) -> None:
    lay_roads()
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection(along_roads(wgs84_to_gcj02)))
    assert job.shift["best"] == "GCJ-02"
    taken = confirmation(job)
    with pytest.raises(Refused) as refused:
        services.confirm_import(actor, job_id=job.pk, confirmation=taken)
    assert refused.value.code == "unshift_forbidden"
    with pytest.raises(NotAllowed):
        services.switch_unshift(actor, is_allowed=True, basis="测绘主管部门批复")

    cast.publisher.is_superuser = True
    services.switch_unshift(cast.publisher, is_allowed=True, basis="测绘主管部门批复")
    assert AuditEntry.objects.get(action="unshift.allowed").data["basis"] == "测绘主管部门批复"
    services.confirm_import(actor, job_id=job.pk, confirmation=taken)
    services.run_due()
    job.refresh_from_db()
    version = job.dataset.current
    assert (version.crs_found, version.crs_used) == ("GCJ-02", "GCJ-02")
    first = along_roads(wgs84_to_gcj02)[0]["geometry"]["coordinates"]
    kept = ImportedFeature.objects.order_by("row_number").first().geometry
    assert (kept.x, kept.y) == pytest.approx(gcj02_to_wgs84(*first), abs=1e-7)


def test_another_system_than_found_needs_a_reason(cast: Cast) -> None:
    lay_roads()
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection(along_roads(wgs84_to_gcj02)))
    with pytest.raises(InvalidInput) as refused:
        services.confirm_import(
            actor, job_id=job.pk, confirmation=confirmation(job, crs="EPSG:4326")
        )
    assert refused.value.field == "reason"


BOWTIE = polygon((120.01, 36.01), (120.02, 36.02), (120.02, 36.01), (120.01, 36.02), 名称="蝶")
SQUARE = polygon((120.0, 36.0), (120.01, 36.0), (120.01, 36.01), (120.0, 36.01), 名称="方")


def test_one_bad_shape_and_nothing_is_written(cast: Cast) -> None:
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection([SQUARE, BOWTIE]))
    services.confirm_import(actor, job_id=job.pk, confirmation=confirmation(job))
    services.run_due()
    job.refresh_from_db()
    assert job.state == JobState.REFUSED
    assert (Dataset.objects.count(), ImportedFeature.objects.count()) == (0, 0)
    issue = job.issues.get()
    assert (issue.row_number, issue.kind) == (2, "invalid")
    assert issue.point is not None

    services.confirm_import(actor, job_id=job.pk, confirmation=confirmation(job, repair=True))
    services.run_due()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert "平方米" in job.issues.get().message
    assert all(f.geometry.valid for f in ImportedFeature.objects.all())


def test_attributes_are_checked_row_by_row(cast: Cast) -> None:
    actor = keeper(cast)
    features = along_roads()[:4]
    features[1]["properties"] |= {"编号": "L000", "功率": 999}
    features[2]["properties"] |= {"编号": "", "道路": "河"}
    job = uploaded(actor, cast.east_works, collection(features))
    stored = job.summary["rules"]
    stored[0] |= {"is_unique": True, "is_required": True}
    stored[1] |= {"high": 100}
    stored[2] |= {"choices": ["路"]}
    services.confirm_import(
        actor, job_id=job.pk, confirmation=confirmation(job, rules=rules_of(stored))
    )
    services.run_due()
    job.refresh_from_db()
    found = {(i.row_number, i.kind) for i in job.issues.all()}
    assert found == {(2, "unique"), (2, "range"), (3, "required"), (3, "code")}


def test_overlaps_gaps_and_loose_ends_are_found(cast: Cast) -> None:
    actor = keeper(cast)
    lapping = polygon((120.009, 36.0), (120.02, 36.0), (120.02, 36.01), (120.009, 36.01), 名称="叠")
    job = uploaded(actor, cast.east_works, collection([SQUARE, lapping]))
    services.confirm_import(
        actor, job_id=job.pk, confirmation=confirmation(job, topology="coverage", strict=True)
    )
    services.run_due()
    assert [i.kind for i in job.issues.all()] == ["overlap"]

    lines = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": coordinates},
        }
        for coordinates in (
            [[120.0, 36.0], [120.01, 36.0]],
            [[120.01002, 36.0], [120.02, 36.0]],
        )
    ]
    job = uploaded(actor, cast.east_works, collection(lines), name="路网")
    services.confirm_import(
        actor, job_id=job.pk, confirmation=confirmation(job, topology="network")
    )
    services.run_due()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert {i.kind for i in job.issues.all()} == {"dangle"}


def test_a_replacement_is_shown_at_once_and_can_be_taken_back(cast: Cast) -> None:
    actor = keeper(cast)
    dataset = imported(actor, cast.east_works, collection(along_roads()))
    again = imported(
        actor,
        cast.east_works,
        collection(along_roads()[:10]),
        upload={"dataset_id": dataset.pk},
    )
    assert again == dataset
    assert open_layer(actor, dataset.layer_code).rows.count() == 10
    services.show_version(actor, dataset_id=dataset.pk, number=1)
    assert open_layer(actor, dataset.layer_code).rows.count() == 72
    with pytest.raises(Refused):
        services.show_version(actor, dataset_id=dataset.pk, number=1)


def test_an_import_is_written_once(cast: Cast) -> None:
    actor = keeper(cast)
    imported(actor, cast.east_works, collection(along_roads()))
    job = ImportJob.objects.get()
    assert services.run_due() == 0
    with pytest.raises(Refused):
        services.confirm_import(actor, job_id=job.pk, confirmation=confirmation(job))
    with pytest.raises(Refused):
        services.cancel_import(actor, job_id=job.pk)


def test_public_data_need_a_second_person_and_an_approval_number(cast: Cast) -> None:
    actor = keeper(cast)
    dataset = imported(actor, cast.east_works, collection(along_roads()))
    with pytest.raises(Refused):
        services.publish_dataset(actor, dataset_id=dataset.pk, is_public=True)
    with pytest.raises(Refused) as refused:
        services.publish_dataset(
            actor, dataset_id=dataset.pk, is_public=True, checker=cast.publisher
        )
    assert refused.value.code == "approval_number_missing"
    Dataset.objects.filter(pk=dataset.pk).update(approval_number="鲁S(2026)001号")
    services.publish_dataset(actor, dataset_id=dataset.pk, is_public=True, checker=cast.publisher)
    assert open_layer(AnonymousUser(), dataset.layer_code).rows.count() == 72


def test_a_given_up_import_leaves_no_file(
    cast: Cast, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection(along_roads()))
    assert len(list((settings.MEDIA_ROOT / "geodata").iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_import(actor, job_id=job.pk)
    assert list((settings.MEDIA_ROOT / "geodata").iterdir()) == []
