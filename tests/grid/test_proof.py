"""Proof of repair: same place, right time, same scene, own picture; a mismatch blocks closing."""

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed
from apps.grid import scenes, services
from apps.grid.errors import ProofMismatch
from apps.grid.models import GridEvent, PairVerdict
from apps.matters.errors import ActionNotPossible
from tests.cast import Cast
from tests.grid import factories as make

pytestmark = pytest.mark.django_db
CLOSE = {"note": "核查通过"}


def checked(town: Cast, *, scene: int = 11, other: int | None = None, **changes: Any) -> GridEvent:
    """An event that passed its check with a picture of the scene, or of another one."""
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.answered(town, files=[make.street_picture(scene, trouble=True)])
    after = make.street_picture(scene if other is None else other)
    make.answer(town, event.looks.get().task_id, **({"files": [after]} | changes))
    event.case.refresh_from_db()
    return event


def test_a_proven_repair_may_be_closed(town: Cast) -> None:
    event = checked(town)

    verdict = PairVerdict.objects.get(event=event)
    assert verdict.verdict == "match"
    assert verdict.distance_m == pytest.approx(0, abs=0.1)
    assert 3 < (verdict.bits or 0) < 22
    assert make.step(town, event, "dispatcher", "close", CLOSE).state == "closed"


def test_a_picture_from_elsewhere_blocks_closing(town: Cast) -> None:
    event = checked(town, lon=120.0155, lat=36.012)

    with pytest.raises(ProofMismatch, match="超过上限50米"):
        make.step(town, event, "dispatcher", "close", CLOSE)

    event.case.refresh_from_db()
    assert event.case.state == "checked"


def test_a_picture_taken_before_the_dispatch_blocks_closing(town: Cast) -> None:
    event = checked(town, at=make.later(hours=-3))

    with pytest.raises(ProofMismatch, match="摄于派遣之前"):
        make.step(town, event, "dispatcher", "close", CLOSE)


def test_the_same_file_as_before_is_refused_at_once(town: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(town, files=[make.street_picture(11, trouble=True)])

    assert refused.value.field == "files"


def test_nearly_the_same_picture_blocks_closing(town: Cast) -> None:
    event = checked(town, files=[make.street_picture(11, trouble=True, brightness=4)])

    with pytest.raises(ProofMismatch, match="疑似同一张"):
        make.step(town, event, "dispatcher", "close", CLOSE)


def test_a_picture_of_another_case_blocks_closing(town: Cast) -> None:
    make.reported(town, files=[make.street_picture(12)])

    event = checked(town, other=12)

    with pytest.raises(ProofMismatch, match="照片曾用于案件"):
        make.step(town, event, "dispatcher", "close", CLOSE)


def test_another_scene_is_doubted_but_does_not_block(town: Cast) -> None:
    event = checked(town, other=77)

    verdict = PairVerdict.objects.get(event=event)
    assert (verdict.likeness, verdict.verdict) == ("doubt", "doubt"), verdict.words
    assert make.step(town, event, "dispatcher", "close", CLOSE).state == "closed"


def test_without_a_picture_from_after_nothing_is_closed(town: Cast) -> None:
    event = checked(town, files=[])

    with pytest.raises(ProofMismatch, match="缺少本轮处置后照片"):
        make.step(town, event, "dispatcher", "close", CLOSE)


def test_who_has_the_right_lets_it_pass_with_a_reason(town: Cast) -> None:
    event = checked(town, lon=120.0155, lat=36.012)
    verdict = PairVerdict.objects.get(event=event)

    with pytest.raises(NotAllowed):
        services.override_proof(town.dispatcher, verdict_id=verdict.pk, reason="已电话核实")
    with pytest.raises(InvalidInput):
        services.override_proof(town.supervisor, verdict_id=verdict.pk, reason=" ")
    services.override_proof(town.supervisor, verdict_id=verdict.pk, reason="定位漂移，已电话核实")

    assert make.step(town, event, "dispatcher", "close", CLOSE).state == "closed"
    entry = AuditEntry.objects.get(action="grid_proof.overridden")
    assert entry.data["after"] == {"overridden": True}


def test_closing_without_a_check_is_refused(town: Cast) -> None:
    event = make.answered(town)

    with pytest.raises(ActionNotPossible, match="待核查"):
        make.step(town, event, "dispatcher", "close", CLOSE)


def test_a_small_repair_seen_from_the_same_spot_is_no_copy() -> None:
    street = Image.new("L", (320, 240), 128)
    pen = ImageDraw.Draw(street)
    for column in range(8):
        pen.rectangle((column * 40, 40, column * 40 + 39, 200), fill=30 * column)
    before = street.copy()
    ImageDraw.Draw(before).ellipse((100, 205, 130, 230), fill=0)

    assert scenes.is_same(jpeg(street), jpeg(street, quality=40))
    assert not scenes.is_same(jpeg(before), jpeg(street))


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def test_near_fingerprints_share_a_band() -> None:
    one = 0x0123456789ABCDEF
    near = one ^ (1 << 3) ^ (1 << 20) ^ (1 << 40)

    assert scenes.bits_apart(one, near) == 3
    assert set(scenes.bands_of(one)) & set(scenes.bands_of(near))


def test_a_plain_picture_has_no_fingerprint() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (50, 50), "white").save(buffer, "PNG")

    assert scenes.scene_hash(buffer.getvalue()) is None
