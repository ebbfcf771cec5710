"""A vendor does not close without proof where the kind of fault asks for one (OP-10)."""

from collections.abc import Iterator

import pytest

from apps.alarms.models import Alarm
from apps.alarms.services import open_ordered_case
from apps.common import outbox
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.diagnosis.models import Look
from apps.diagnosis.services import look_due
from apps.ops import registry, services
from apps.ops.enums import OrderState
from apps.ops.models import FaultKind, MaintenanceContract, Proof, WorkOrder
from apps.ops.registry import Asked, Found, ProofKind
from tests.cast import Cast
from tests.diagnosis import factories as looking
from tests.ops import factories as make


class Camera:
    """A camera that is dark until somebody mends it."""

    def __init__(self) -> None:
        self.works = False
        self.asked: list[Asked] = []

    def look(self, asked: Asked) -> Found:
        self.asked.append(asked)
        return Found(self.works, "画面正常" if self.works else "仍然黑屏", "/cameras/1/")


@pytest.fixture
def lens(town: Cast) -> Iterator[Camera]:
    """A proof that looks through a camera, wanted for cameras that are offline."""
    camera = Camera()
    with registry.temporarily(proof=ProofKind("camera-look", "重新诊断", camera.look)):
        FaultKind.objects.filter(code="camera-offline").update(proof="camera-look")
        yield camera


def test_closing_waits_for_a_proof_that_passed(town: Cast, lens: Camera) -> None:
    order = make.answered(town)
    outbox.drain()
    assert Proof.objects.get().passed is False
    with pytest.raises(Refused, match="重新诊断"):
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "行"})
    services.do(town.manager, order_id=order.pk, action="redo", data={"reason": "仍黑屏"})
    lens.works = True
    services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
    outbox.drain()
    services.do(town.manager, order_id=order.pk, action="close", data={"note": "好"})
    order.refresh_from_db()
    assert order.case.state == OrderState.CLOSED
    assert [p.passed for p in Proof.objects.order_by("pk")] == [False, True]
    assert lens.asked[0].asset == make.the_camera()


def test_a_proof_of_an_earlier_repair_does_not_count(town: Cast, lens: Camera) -> None:
    lens.works = True
    order = make.answered(town)
    outbox.drain()
    services.do(town.manager, order_id=order.pk, action="redo", data={"reason": "照片不清"})
    lens.works = False
    services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
    outbox.drain()
    with pytest.raises(Refused, match="重新诊断"):
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "行"})


def test_a_manager_has_it_looked_at_again(town: Cast, lens: Camera) -> None:
    order = make.answered(town)
    lens.works = True
    assert services.prove_again(town.manager, order_id=order.pk).passed is True
    with pytest.raises(NotAllowed):
        services.prove_again(town.reporter, order_id=order.pk)
    with pytest.raises(NotFound):
        services.prove_again(town.manager_west, order_id=order.pk)
    services.do(town.manager, order_id=order.pk, action="close", data={"note": "好"})
    with pytest.raises(Refused):
        services.prove_again(town.manager, order_id=order.pk)


def test_a_proof_that_is_not_connected_says_so_and_closes_nothing(town: Cast) -> None:
    FaultKind.objects.filter(code="camera-offline").update(proof="gone")
    order = make.answered(town)
    outbox.drain()
    proof = Proof.objects.get()
    assert (proof.passed, proof.text) == (None, "自动佐证“gone”尚未接入")
    with pytest.raises(Refused, match="gone"):
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "行"})


def test_a_dark_camera_is_ordered_mended_and_proved_by_its_own_picture(town: Cast) -> None:
    """From the alarm of a diagnosis to the closed order, each picture really decoded (VD-06)."""
    FaultKind.objects.filter(code="camera-picture").update(proof="camera-picture")
    checker = looking.person("checker", "picture_checker", town.east_works)
    camera = looking.camera(fault="dark")
    looking.looked(checker, camera)
    looking.due_now(camera)
    look_due()
    Alarm.objects.update(matter="ops.fault")
    open_ordered_case(Alarm.objects.get().pk)
    order = WorkOrder.objects.get()
    assert (order.fault_kind.code, order.asset) == ("camera-picture", camera.asset)
    chosen = MaintenanceContract.objects.get(number="HT-01")
    services.confirm_order(
        town.manager, order_id=order.pk, said=services.Confirmation(3, chosen.pk)
    )
    services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
    outbox.drain()
    assert [(p.passed, "已安排" in p.text) for p in Proof.objects.all()] == [(None, True)]

    look_due()  # still dark: the vendor said it was mended
    outbox.drain()
    failed = Proof.objects.get(passed=False)
    assert "画面过暗" in failed.text
    with pytest.raises(Refused, match="重新诊断"):
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "行"})

    looking.shows(camera)
    services.prove_again(town.manager, order_id=order.pk)
    services.prove_again(town.manager, order_id=order.pk)  # waits for the look already asked for
    assert Look.objects.filter(state="waiting").count() == 1
    look_due()
    outbox.drain()
    assert Proof.objects.filter(passed=True).get().url.startswith("/video/diagnosis/results/")
    services.do(town.manager, order_id=order.pk, action="close", data={"note": "好"})
    order.refresh_from_db()
    assert order.case.state == OrderState.CLOSED
    looking.looked(checker, camera)  # of no concern to an order that is closed
    assert outbox.drain() == 0


def test_what_is_no_camera_is_said_to_be_none(town: Cast) -> None:
    FaultKind.objects.filter(code="camera-offline").update(proof="camera-signal")
    make.answered(town)
    outbox.drain()
    assert Proof.objects.get().text == "该设备没有登记为摄像机，无法自动佐证"


def test_two_proofs_of_one_name_are_a_defect(town: Cast, lens: Camera) -> None:
    with pytest.raises(ValueError, match="camera-look"):
        registry.register_proof("camera-look", "x", lens.look)
