"""The register of training and test data: two people, who may use it, who did. CP-02."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import Organization, User
from apps.algorithms.enums import DataPurpose, DataState
from apps.algorithms.models import DataSet, DataSetUse, Evaluation, SampleSet
from apps.algorithms.services import (
    DataSetSpec,
    approve_data_set,
    end_data_grant,
    end_data_set,
    grant_data_set,
    is_open_to,
    note_training,
    order_test,
    save_data_set,
)
from apps.algorithms.services.datasets import note_evaluation
from apps.algorithms.services.testing import EVALUATION
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.gateway.services import issue_client
from tests.algorithms.factories import person, plain_version
from tests.cast import Cast

HOSTILE = "<script>alert(1)</script>街景"


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "keeper", cast.east_works)


@pytest.fixture
def publisher(cast: Cast) -> User:
    return person("publisher", "publisher", cast.east_works)


def spec(unit: Organization, **given: Any) -> DataSetSpec:
    """Will say what a data set of a unit shall be."""
    plain: dict[str, Any] = {
        "code": "street-2026", "version": "1.0", "name": HOSTILE, "task": "intrusion",
        "purpose": "both", "source": "2026年3月东区12个路口自采", "legal_basis": "政务数据共享条例",
        "licence": "仅限本市政务使用", "privacy": "masked", "labels": ["行人", "车辆"],
        "items": 1200, "sha256": "ab" * 32, "unit": unit,
        "keep_until": clock.today() + timedelta(days=365),
    }  # fmt: skip
    return DataSetSpec(**plain | given)


def in_force(keeper: User, publisher: User, unit: Organization, **given: Any) -> DataSet:
    """Will give one that a second person approved."""
    made = save_data_set(keeper, spec=spec(unit, **given))
    return approve_data_set(publisher, data_set_id=made.pk)


def test_data_is_registered_approved_by_another_opened_and_its_use_is_kept(
    cast: Cast, keeper: User, publisher: User
) -> None:
    made = save_data_set(keeper, spec=spec(cast.east_works))
    changed = spec(cast.east_works, items=1300)
    save_data_set(keeper, spec=changed, data_set_id=made.pk)
    save_data_set(keeper, spec=changed, data_set_id=made.pk)
    both = person("both", "publisher", cast.east_works)
    keeper.appointments.get().post.roles.add(*both.appointments.get().post.roles.all())
    with pytest.raises(NotAllowed, match="登记人"):
        approve_data_set(User.objects.get(pk=keeper.pk), data_set_id=made.pk)
    approve_data_set(publisher, data_set_id=made.pk)
    approve_data_set(publisher, data_set_id=made.pk)
    with pytest.raises(Refused, match="新版本"):
        save_data_set(keeper, spec=changed, data_set_id=made.pk)
    version = plain_version()
    western = person("western", "keeper", cast.west_works)
    told: dict[str, Any] = {"data_set_id": made.pk, "version_id": version.pk}
    with pytest.raises(NotAllowed, match="授权"):
        note_training(western, unit=cast.west_works, **told)
    until = clock.today() + timedelta(days=30)
    grant = grant_data_set(
        publisher, data_set_id=made.pk, unit=cast.west_works, purpose="联合训练", until=until
    )
    first = note_training(western, unit=cast.west_works, **told)
    assert note_training(western, unit=cast.west_works, **told) == first
    end_data_grant(publisher, data_set_id=made.pk, grant_id=grant.pk)
    end_data_grant(publisher, data_set_id=made.pk, grant_id=grant.pk)
    assert not is_open_to(made, cast.west_works)
    actions = list(
        AuditEntry.objects.filter(object_type="algorithms.data_set")
        .order_by("pk").values_list("action", flat=True)
    )  # fmt: skip
    assert actions == [
        "data_set.registered", "data_set.changed", "data_set.approved", "data_set.granted",
        "data_set.used", "data_set.grant_ended",
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="data_set.changed")
    assert entry.data["before"] == {"items": 1200}
    assert entry.data["after"] == {"items": 1300}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"source": " "}, "source"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"licence": ""}, "licence"),
        ({"labels": []}, "labels"),
        ({"labels": ["车", "车"]}, "labels"),
        ({"items": 0}, "items"),
        ({"sha256": "AB" * 32}, "sha256"),
        ({"privacy": "unknown"}, "privacy"),
        ({"keep_until": -1}, "keep_until"),
    ],
)
def test_a_wrong_entry_names_its_field(
    cast: Cast, keeper: User, given: dict[str, Any], field: str
) -> None:
    if "keep_until" in given:
        given = {"keep_until": clock.today() - timedelta(days=1)}
    with pytest.raises(InvalidInput) as refusal:
        save_data_set(keeper, spec=spec(cast.east_works, **given))
    assert refusal.value.field == field
    assert DataSet.objects.count() == 0


def test_only_the_keeping_units_people_rule_it(cast: Cast, keeper: User, publisher: User) -> None:
    neighbour = person("neighbour", "keeper", cast.west_works)
    decider = person("decider", "publisher", cast.west_works)
    reader = person("reader", "reader", cast.east_works)
    made = save_data_set(keeper, spec=spec(cast.east_works))
    for actor in (neighbour, reader):
        with pytest.raises(NotAllowed):
            save_data_set(actor, spec=spec(cast.east_works, version="2.0"))
        with pytest.raises(NotAllowed):
            end_data_set(actor, data_set_id=made.pk, reason="不再使用")
    for actor in (decider, reader, keeper):
        with pytest.raises(NotAllowed):
            approve_data_set(actor, data_set_id=made.pk)
    with pytest.raises(InvalidInput) as twice:
        save_data_set(keeper, spec=spec(cast.east_works))
    assert twice.value.field == "version"
    with pytest.raises(IntegrityError), transaction.atomic():
        DataSet.objects.filter(pk=made.pk).update(approved_by=keeper)
    assert DataSet.objects.get().state == DataState.DRAFT


def test_data_is_used_no_longer_than_it_may_be_kept(
    cast: Cast, keeper: User, publisher: User
) -> None:
    made = in_force(keeper, publisher, cast.east_works)
    test_only = in_force(keeper, publisher, cast.east_works, code="test-only", purpose="test")
    told: dict[str, Any] = {"version_id": plain_version().pk, "unit": cast.east_works}
    with pytest.raises(Refused, match="评测"):
        note_training(keeper, data_set_id=test_only.pk, **told)
    with pytest.raises(InvalidInput) as late:
        grant_data_set(
            publisher, data_set_id=made.pk, unit=cast.west_works, purpose="联合训练",
            until=made.keep_until + timedelta(days=1),
        )  # fmt: skip
    with clock.at(clock.now() + timedelta(days=366)), pytest.raises(Refused, match="期限"):
        note_training(keeper, data_set_id=made.pk, **told)
    end_data_set(keeper, data_set_id=made.pk, reason="到期")
    with pytest.raises(Refused):
        end_data_set(keeper, data_set_id=made.pk, reason="再停用")
    end_data_set(keeper, data_set_id=made.pk, reason="已粉碎介质", is_destroyed=True)
    assert late.value.field == "until"
    assert DataSet.objects.get(pk=made.pk).state == DataState.DESTROYED
    assert DataSetUse.objects.count() == 0


def test_a_measurement_uses_the_registered_data_of_its_set(
    cast: Cast, keeper: User, publisher: User
) -> None:
    """An evaluation enters itself; one on data that is closed to the unit is refused."""
    samples = SampleSet.objects.create(
        code="streets", name="街景", task="intrusion", output="boxes", created_at=clock.now()
    )
    made = in_force(keeper, publisher, cast.east_works, sample_set=samples)
    version = plain_version()
    western = person("western", "keeper", cast.west_works)
    told: dict[str, Any] = {"version_id": version.pk, "test": EVALUATION, "set_id": samples.pk}
    with pytest.raises(NotAllowed, match="授权"):
        order_test(western, unit=cast.west_works, **told)
    item = order_test(keeper, unit=cast.east_works, **told)
    evaluation = Evaluation.objects.create(
        version=version, sample_set=samples, sheet={"f1": 0.9}, made_by=keeper, at=clock.now()
    )
    note_evaluation(evaluation, unit=cast.east_works)
    use = made.uses.get()
    assert item.payload["unit"] == cast.east_works.pk
    assert (use.kind, use.unit, use.evaluation) == (
        DataPurpose.TEST, cast.east_works, evaluation,
    )  # fmt: skip


def test_the_register_by_pages_and_by_rest(cast: Cast, keeper: User, publisher: User) -> None:
    keeping, deciding, outside = Client(), Client(), Client()
    keeping.force_login(keeper)
    deciding.force_login(publisher)
    outside.force_login(cast.outsider)
    listed = reverse("algorithms:data-set-list")
    told: dict[str, Any] = vars(spec(cast.east_works)) | {
        "unit": cast.east_works.code, "labels": "行人\n车辆", "sample_set": "", "sha256": "A" * 64,
    }  # fmt: skip
    wrong = keeping.post(reverse("algorithms:data-set-new"), told | {"sha256": "12"})
    keeping.post(reverse("algorithms:data-set-new"), told)
    one = DataSet.objects.get()
    shown = reverse("algorithms:data-set-detail", args=[one.pk])
    deciding.post(reverse("algorithms:data-set-do", args=[one.pk, "approve"]))
    granted = deciding.post(
        reverse("algorithms:data-set-grant", args=[one.pk]),
        {"unit": cast.west_works.code, "purpose": "联合评测", "until": clock.today().isoformat()},
    )
    trained = keeping.post(
        reverse("algorithms:data-set-train", args=[one.pk]),
        {"unit": cast.east_works.code, "version": plain_version().pk, "text": HOSTILE},
    )
    page = keeping.get(shown).content.decode()
    hidden = Client()
    hidden.force_login(person("westerner", "reader", cast.west_works))
    sheet = BytesIO(b"".join(keeping.get(reverse("algorithms:data-set-export"))))
    _client, key = issue_client(
        SYSTEM, name="业务系统", tenant=cast.tenant, service_user=keeper, scopes=["algorithms.read"]
    )
    by_rest = Client().get(
        "/api/v1/algorithms/datasets/", headers={"Authorization": f"Api-Key {key}"}
    )
    assert wrong.status_code == 422
    assert (granted.status_code, trained.status_code) == (302, 302)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert hidden.get(shown).context["rows"] == []
    assert keeping.get(shown).context["rows"][0].note == HOSTILE
    assert load_workbook(sheet).worksheets[0].max_row >= 2
    assert by_rest.json()["results"][0]["sha256"] == "a" * 64
    assert outside.get(listed).status_code == 403
    assert hidden.get(reverse("algorithms:data-set-new")).status_code == 403
    assert hidden.post(reverse("algorithms:data-set-grant", args=[one.pk])).status_code == 403
