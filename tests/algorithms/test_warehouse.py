"""From a vendor's file to a version in use: checked, tried, measured, published by two, moved."""

import base64
import time
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from PIL import Image

from apps.accounts.models import User
from apps.algorithms.enums import State
from apps.algorithms.models import AlgorithmVersion, AliasMove, CostLine, Evaluation
from apps.algorithms.registry import temporarily
from apps.algorithms.selectors import resolve, version_picker, version_text
from apps.algorithms.services import (
    add_sample,
    end_canary,
    ensure_builtins,
    move_alias,
    order_test,
    promote_canary,
    publish,
    retire,
    roll_back,
    save_sample_set,
    work_once,
)
from apps.algorithms.services.testing import CHECK, EVALUATION, TRIAL
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from tests.algorithms.factories import (
    brightness,
    builtin_one,
    manifest,
    model_bytes,
    person,
    registered,
)
from tests.cast import Cast


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "keeper", cast.center)


@pytest.fixture
def publisher(cast: Cast) -> User:
    return person("publisher", "publisher", cast.center)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def picture(value: int) -> ContentFile:
    held = BytesIO()
    Image.new("RGB", (32, 24), (value, value, value)).save(held, "PNG")
    return ContentFile(held.getvalue(), name="p.png")


def after_test(keeper: User, version: AlgorithmVersion, test: str, set_id: int = 0) -> str:
    unit = keeper.appointments.get().post.organization
    order_test(keeper, version_id=version.pk, test=test, unit=unit, set_id=set_id)
    work_once("tests")
    version.refresh_from_db()
    return version.state


def measured(keeper: User, **given: Any) -> AlgorithmVersion:
    version = registered(keeper, **given)
    after_test(keeper, version, CHECK)
    after_test(keeper, version, TRIAL)
    code = f"light-{given.get('version', '1.0').replace('.', '-')}"
    samples = save_sample_set(
        keeper, code=code, name="明暗", task="classification", output="classes"
    )
    for value, label in ((250, "bright"), (200, "bright"), (10, "dark"), (30, "bright")):
        add_sample(keeper, set_id=samples.pk, picture=picture(value), truth={"label": label})
    after_test(keeper, version, EVALUATION, samples.pk)
    return version


def test_a_model_goes_the_whole_way(cast: Cast, keeper: User, publisher: User) -> None:
    """CP-03, CP-05: check, trial, evaluation with a sheet, two people, alias, provenance."""
    version = measured(keeper)
    assert version.state == State.EVALUATED
    assert [line["ok"] for line in version.check_sheet] == [True] * len(version.check_sheet)
    sheet = Evaluation.objects.get().sheet
    assert (sheet["items"], sheet["right"], sheet["missed"], sheet["f1"]) == (4, 3, 1, 0.75)
    publish(publisher, version_id=version.pk)
    move_alias(
        publisher, algorithm_id=version.algorithm_id, name="production", version_id=version.pk,
        reason="首次上线",
    )  # fmt: skip
    assert version_text(resolve("brightness")) == "brightness@1.0"
    assert CostLine.objects.get().calls == 3
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"algorithm.checked", "algorithm.evaluated", "algorithm.published"} <= actions


def test_a_set_is_fixed_once_something_was_measured(cast: Cast, keeper: User) -> None:
    version = measured(keeper)
    samples = version.evaluations.get().sample_set
    with pytest.raises(Refused):
        add_sample(keeper, set_id=samples.pk, picture=picture(90), truth={"label": "dark"})
    assert samples.samples.count() == 4


def test_names_are_moved_and_moved_back(cast: Cast, keeper: User, publisher: User) -> None:
    old, new = measured(keeper), measured(keeper, version="2.0")
    for version in (old, new):
        publish(publisher, version_id=version.pk)
    told: dict[str, Any] = {"algorithm_id": old.algorithm_id, "reason": "升级"}
    move_alias(publisher, name="production", version_id=old.pk, **told)
    move_alias(publisher, name="canary", version_id=new.pk, area=cast.east, **told)
    assert resolve("brightness", area_path=cast.east.path).version == "2.0"
    assert resolve("brightness", area_path=cast.east.path, canary=False).version == "1.0"
    assert resolve("brightness", area_path=cast.west.path).version == "1.0"
    alias = move_alias(publisher, name="production", version_id=new.pk, **told)
    with pytest.raises(Refused):
        retire(publisher, version_id=new.pk, reason="误报过多")
    roll_back(publisher, alias_id=alias.pk, reason="误报过多")
    assert resolve("brightness", area_path=cast.west.path).version == "1.0"
    assert AliasMove.objects.filter(is_back=True).get().reason == "误报过多"


def test_who_made_it_never_publishes_it(cast: Cast, keeper: User, publisher: User) -> None:
    version = measured(keeper)
    with pytest.raises(NotAllowed):
        publish(keeper, version_id=version.pk)
    keeper.appointments.get().post.roles.add(*publisher.appointments.get().post.roles.all())
    both = User.objects.get(pk=keeper.pk)
    with pytest.raises(NotAllowed, match="登记人"):
        publish(both, version_id=version.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlgorithmVersion.objects.filter(pk=version.pk).update(published_by=keeper)


def test_steps_are_not_left_out(cast: Cast, keeper: User, publisher: User) -> None:
    version = registered(keeper)
    with pytest.raises(Refused):
        publish(publisher, version_id=version.pk)
    with pytest.raises(Refused):
        order_test(keeper, version_id=version.pk, test=TRIAL, unit=cast.center)
    with pytest.raises(Refused):
        move_alias(
            publisher, algorithm_id=version.algorithm_id, name="production",
            version_id=version.pk, reason="首次上线",
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        order_test(publisher, version_id=version.pk, test=CHECK, unit=cast.center)


def test_a_model_that_does_not_keep_its_word_fails_its_check(cast: Cast, keeper: User) -> None:
    wrong = registered(keeper, input={"width": 16, "height": 16})
    assert after_test(keeper, wrong, CHECK) == State.FAILED
    assert [line["code"] for line in wrong.check_sheet if not line["ok"]] == ["input"]
    odd = model_bytes([])
    broken = registered(keeper, odd, version="1.1")
    assert after_test(keeper, broken, CHECK) == State.FAILED
    digest = registered(keeper, version="1.2", sha256="0" * 64)
    assert after_test(keeper, digest, CHECK) == State.FAILED
    assert digest.check_sheet[0]["code"] == "sha256"


@pytest.mark.parametrize("is_right", [True, False])
def test_a_signature_is_checked_with_the_makers_key(
    cast: Cast, keeper: User, is_right: bool
) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    digest = manifest(brightness())["sha256"]
    signed = (key if is_right else other).sign(digest.encode())
    version = registered(keeper, vendor_key=pem, signature=base64.b64encode(signed).decode())
    assert after_test(keeper, version, CHECK) == (State.CHECKED if is_right else State.FAILED)


def test_a_file_changed_behind_our_back_is_not_run(cast: Cast, keeper: User, tmp_path: Any) -> None:
    version = registered(keeper)
    (tmp_path / version.model_path).write_bytes(model_bytes([]))
    assert after_test(keeper, version, CHECK) == State.FAILED
    assert "摘要不符" in version.check_sheet[-1]["text"]


def test_a_large_or_repeated_file_is_refused(cast: Cast, keeper: User, settings: Any) -> None:
    registered(keeper)
    with pytest.raises(Refused) as again:
        registered(keeper)
    assert again.value.field == "manifest"
    settings.ALGORITHM_MODEL_MAX_BYTES = 100
    with pytest.raises(InvalidInput) as refused:
        registered(keeper, version="3.0")
    assert (refused.value.field, refused.value.code) == ("file", "file_too_large")


def test_the_right_is_asked_first(cast: Cast, publisher: User) -> None:
    with pytest.raises(NotAllowed):
        registered(publisher)
    assert AlgorithmVersion.objects.filter(algorithm__code="brightness").count() == 0


def test_the_platforms_own_are_entered_once_and_a_new_one_waits(cast: Cast) -> None:
    with temporarily(builtin_one()):
        ensure_builtins()
        ensure_builtins()
        assert resolve("test-plain").version == "1.0"
    with temporarily(builtin_one("2.0")):
        ensure_builtins()
    assert resolve("test-plain").version == "1.0"
    assert AlgorithmVersion.objects.get(version="2.0", algorithm__code="test-plain").state == (
        State.CHECKED
    )


def two_published(keeper: User, publisher: User) -> tuple[AlgorithmVersion, AlgorithmVersion]:
    """Version 1.0 in production everywhere, 2.0 published beside it."""
    old, new = measured(keeper), measured(keeper, version="2.0")
    for version in (old, new):
        publish(publisher, version_id=version.pk)
    move_alias(
        publisher,
        algorithm_id=old.algorithm_id,
        name="production",
        version_id=old.pk,
        reason="上线",
    )
    return old, new


def meant(cameras: list[str], path: str = "") -> set[str]:
    """The cameras that run version 2.0."""
    pick = version_picker("brightness")
    return {code for code in cameras if pick(path, code).version == "2.0"}


def test_a_canary_is_tried_on_a_steady_share_of_cameras_and_back_at_once(
    cast: Cast, keeper: User, publisher: User
) -> None:
    """CP-05: by share, by area, promoted or ended in one step, a roll-back within a second."""
    old, new = two_published(keeper, publisher)
    told: dict[str, Any] = {"algorithm_id": old.algorithm_id, "version_id": new.pk}
    cameras = [f"99010100001326{number:06d}" for number in range(1000)]
    alias = move_alias(publisher, name="canary", share=10, reason="先试一成", **told)
    tenth = meant(cameras)
    move_alias(publisher, name="canary", share=30, reason="扩大", **told)
    third = meant(cameras)
    assert 60 < len(tenth) < 140
    assert 240 < len(third) < 360
    assert tenth < third
    assert meant(cameras) == third
    assert resolve("brightness").version == "1.0"  # no camera, no canary
    move_alias(publisher, name="canary", area=cast.east, reason="东区", **told)
    assert meant(cameras, cast.east.path) == set(cameras)
    assert meant(cameras, cast.west.path) == third
    begun = time.perf_counter()
    end_canary(publisher, alias_id=alias.pk, reason="误报过多")
    back = meant(cameras, cast.west.path)
    assert time.perf_counter() - begun < 1
    assert back == set()
    eastern = new.aliases.get(area=cast.east)
    promoted = promote_canary(publisher, alias_id=eastern.pk, reason="对比合格")
    assert (promoted.name, promoted.area, promoted.version) == ("production", cast.east, new)
    assert new.aliases.filter(name="canary").count() == 0
    with pytest.raises(NotFound):
        end_canary(publisher, alias_id=eastern.pk, reason="再结束一次")
    moves = AliasMove.objects.filter(name="canary").order_by("pk").values_list("share", flat=True)
    assert list(moves) == [10, 30, 100, 0, 0]
    entry = AuditEntry.objects.filter(action="algorithm.canary_ended").earliest("pk")
    assert (entry.data["share_before"], entry.data["share"]) == (30, 0)


def test_a_share_is_of_canaries_and_set_by_publishers(
    cast: Cast, keeper: User, publisher: User
) -> None:
    old, new = two_published(keeper, publisher)
    told: dict[str, Any] = {"algorithm_id": old.algorithm_id, "version_id": new.pk}
    for name, share in (("production", 50), ("canary", 101), ("canary", -1)):
        with pytest.raises(InvalidInput) as refusal:
            move_alias(publisher, name=name, share=share, reason="试行", **told)
        assert refusal.value.field == "share"
    with pytest.raises(NotAllowed):
        move_alias(keeper, name="canary", share=10, reason="试行", **told)
    production = old.aliases.get(name="production")
    with pytest.raises(Refused):
        end_canary(publisher, alias_id=production.pk, reason="不是灰度")
    alias = move_alias(publisher, name="canary", share=10, reason="试行", **told)
    with pytest.raises(NotAllowed):
        promote_canary(keeper, alias_id=alias.pk, reason="转生产")
    move_alias(publisher, name="canary", share=10, reason="试行", **told)
    assert AliasMove.objects.filter(name="canary").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        type(alias).objects.filter(pk=production.pk).update(share=50)
    assert resolve("brightness", subject="1").version == "1.0"
