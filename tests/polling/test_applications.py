"""What runs on edge nodes: ordered, fetched, told, rolled back, every step kept (IO-19)."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.alarms.enums import AlarmState
from apps.alarms.models import Alarm
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway.services import issue_client
from apps.polling.enums import InstallState, RolloutKind, RolloutOutcome
from apps.polling.models import EdgeApplication, EdgeInstall, EdgeNode, EdgeRelease, EdgeRollout
from apps.polling.services import (
    ApplicationSpec,
    EdgeSpec,
    ReleaseSpec,
    add_release,
    remove,
    roll_back,
    roll_out,
    save_application,
    save_edge,
    set_edge_active,
    withdraw_release,
)
from tests.cast import Cast
from tests.sensing.factories import person

DIGEST = "ab" * 32
LIST = "/devices/edge/applications/"


class Town:
    """An application of the east with two versions, a node in each district."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.keeper = person("边缘管理员", "device_keeper", cast.east_works)
        self.reader = person("边缘读者", "device_reader", cast.east_works)
        self.node, self.key = self._node("edge-1", cast.east_works, cast.east)
        self.far, self.far_key = self._node("edge-2", cast.west_works, cast.west)
        spec = ApplicationSpec("counter", "流量统计", cast.east_works, cast.east)
        self.app = save_application(self.keeper, spec=spec)
        self.old, self.new = self.release("1.0"), self.release("1.1")

    def _node(self, code: str, unit: Any, area: Any) -> tuple[EdgeNode, str]:
        client, key = issue_client(
            SYSTEM, name=code, tenant=self.cast.tenant, service_user=self.cast.handler,
            scopes=("polling.edge",),
        )  # fmt: skip
        return save_edge(SYSTEM, spec=EdgeSpec(code, code, unit, area, client)), key

    def release(self, version: str) -> EdgeRelease:
        spec = ReleaseSpec(version, DIGEST, f"http://packages.city/counter-{version}.tar")
        return add_release(self.keeper, application_id=self.app.pk, spec=spec)

    def order(self, release: EdgeRelease) -> int:
        return roll_out(self.keeper, release_id=release.pk, node_ids=[self.node.pk])

    def beat(self, *applications: dict[str, str]) -> Any:
        return self.beat_with({"applications": list(applications)})

    def beat_with(self, body: dict[str, Any]) -> Any:
        return Client().post(
            "/api/v1/sensing/edge/heartbeats/",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {self.key}"},
        )

    def runs(self, version: str) -> Any:
        return self.beat({"code": "counter", "version": version, "state": "running"})

    def fails(self, version: str) -> Any:
        told = {"code": "counter", "version": version, "state": "failed", "error": "没有内存"}
        return self.beat(told)

    @property
    def install(self) -> EdgeInstall:
        return EdgeInstall.objects.get(node=self.node)

    @property
    def course(self) -> list[tuple[str, str]]:
        rows = EdgeRollout.objects.order_by("pk").values_list("kind", "outcome")
        return [(kind, outcome) for kind, outcome in rows]


@pytest.fixture
def town(cast: Cast) -> Town:
    return Town(cast)


def test_a_node_learns_what_shall_run_and_says_that_it_does(town: Town) -> None:
    assert town.order(town.old) == 1
    told = town.beat_with({"backlog": 0}).json()["applications"]
    assert told == [
        {
            "code": "counter", "version": "1.0", "digest": DIGEST,
            "source": "http://packages.city/counter-1.0.tar",
        }
    ]  # fmt: skip
    assert town.install.state == InstallState.WAITING
    town.runs("1.0")
    assert (town.install.state, town.install.running) == (InstallState.RUNNING, "1.0")
    assert town.course == [(RolloutKind.ROLL_OUT, RolloutOutcome.DONE)]


def test_the_same_order_twice_is_one(town: Town) -> None:
    assert [town.order(town.old), town.order(town.old)] == [1, 0]
    assert len(town.course) == 1


def test_what_is_ordered_later_supersedes_what_waits(town: Town) -> None:
    town.order(town.old)
    town.order(town.new)
    assert town.course == [
        (RolloutKind.ROLL_OUT, RolloutOutcome.SUPERSEDED),
        (RolloutKind.ROLL_OUT, RolloutOutcome.WAITING),
    ]
    town.runs("1.0")  # still the old one
    assert town.course[-1][1] == RolloutOutcome.WAITING


def test_a_failure_is_an_alarm_that_ends_when_the_version_before_runs(town: Town) -> None:
    town.order(town.old)
    town.runs("1.0")
    town.order(town.new)
    town.fails("1.1")
    alarm = Alarm.objects.get(kind="edge_application_failed")
    assert "没有内存" in alarm.sentence
    assert town.course[-1] == (RolloutKind.ROLL_OUT, RolloutOutcome.FAILED)
    assert roll_back(town.keeper, application_id=town.app.pk, node_ids=[town.node.pk]) == 1
    assert town.install.wanted == town.old
    town.runs("1.0")
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.RECOVERED
    assert town.course[-1] == (RolloutKind.ROLL_BACK, RolloutOutcome.DONE)


def test_a_failure_of_another_version_ends_no_order(town: Town) -> None:
    town.order(town.old)
    town.fails("0.9")
    assert town.course == [(RolloutKind.ROLL_OUT, RolloutOutcome.WAITING)]
    assert not Alarm.objects.exists()


def test_what_failed_may_be_ordered_again(town: Town) -> None:
    town.order(town.old)
    town.fails("1.0")
    assert town.order(town.old) == 1
    assert town.install.state == InstallState.WAITING


def test_without_a_version_before_nothing_is_rolled_back(town: Town) -> None:
    town.order(town.old)
    with pytest.raises(Refused, match="没有可回退的版本"):
        roll_back(town.keeper, application_id=town.app.pk, node_ids=[town.node.pk])
    town.runs("1.0")
    town.order(town.new)
    withdraw_release(town.keeper, release_id=town.old.pk)
    with pytest.raises(Refused, match="没有可回退的版本"):
        roll_back(town.keeper, application_id=town.app.pk, node_ids=[town.node.pk])


def test_a_removed_application_is_gone_once_the_node_names_it_no_more(town: Town) -> None:
    town.order(town.old)
    town.runs("1.0")
    nodes = [town.node.pk]
    assert remove(town.keeper, application_id=town.app.pk, node_ids=nodes) == 1
    assert remove(town.keeper, application_id=town.app.pk, node_ids=nodes) == 0
    assert town.beat_with({}).json()["applications"][0]["version"] == ""
    assert town.course[-1] == (RolloutKind.REMOVE, RolloutOutcome.WAITING)
    town.beat()
    assert town.course[-1] == (RolloutKind.REMOVE, RolloutOutcome.DONE)
    assert town.install.running == ""


def test_a_withdrawn_version_is_not_ordered(town: Town) -> None:
    withdraw_release(town.keeper, release_id=town.old.pk)
    withdraw_release(town.keeper, release_id=town.old.pk)
    with pytest.raises(Refused, match="已撤回"):
        town.order(town.old)
    assert AuditEntry.objects.filter(action="edge_release.withdrawn").count() == 1


def test_a_node_out_of_use_and_an_unknown_one_are_refused(town: Town) -> None:
    set_edge_active(SYSTEM, edge_id=town.node.pk, is_active=False)
    with pytest.raises(Refused, match="已停用"):
        town.order(town.old)
    with pytest.raises(NotFound):
        roll_out(town.keeper, release_id=town.old.pk, node_ids=[0])
    with pytest.raises(Refused):
        roll_out(town.keeper, release_id=town.old.pk, node_ids=[])


def test_the_neighbours_node_is_not_touched(town: Town) -> None:
    with pytest.raises(NotAllowed):
        roll_out(town.keeper, release_id=town.old.pk, node_ids=[town.node.pk, town.far.pk])
    assert not EdgeRollout.objects.exists()
    for deed in (town.reader, town.cast.handler):
        with pytest.raises(NotAllowed):
            roll_out(deed, release_id=town.old.pk, node_ids=[town.node.pk])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"version": "1.0"}, "version"),
        ({"version": "1 0"}, "version"),
        ({"version": ""}, "version"),
        ({"digest": "AB" * 32}, "digest"),
        ({"digest": "ab"}, "digest"),
        ({"source": "ftp://packages.city/x"}, "source"),
        ({"source": "http://user:word@packages.city/x"}, "source"),
        ({"source": "javascript:alert(1)"}, "source"),
    ],
)
def test_a_version_that_cannot_be_is_refused(
    town: Town, changed: dict[str, str], field: str
) -> None:
    plain = {"version": "2.0", "digest": DIGEST, "source": "http://packages.city/x.tar"}
    with pytest.raises(InvalidInput) as refused:
        add_release(town.keeper, application_id=town.app.pk, spec=ReleaseSpec(**plain | changed))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "told",
    [
        {"applications": [{"code": "counter", "state": "dancing"}]},
        {"applications": [{"state": "running"}]},
        {"applications": [{"code": "counter", "state": "running"}] * 101},
        {"applications": "counter"},
    ],
)
def test_a_report_nobody_can_read_is_refused(town: Town, told: dict[str, Any]) -> None:
    town.order(town.old)
    answer = town.beat_with(told)
    assert answer.status_code == 400
    assert "applications" in answer.content.decode()
    assert town.install.told_at is None


def test_what_a_node_names_and_nobody_knows_changes_nothing(town: Town) -> None:
    assert town.beat({"code": "stranger", "version": "9", "state": "running"}).status_code == 200
    assert not EdgeInstall.objects.exists()


def test_a_code_belongs_to_one_application(town: Town) -> None:
    spec = ApplicationSpec("counter", "另一个", town.cast.east_works, town.cast.east)
    with pytest.raises(InvalidInput) as refused:
        save_application(town.keeper, spec=spec)
    assert refused.value.field == "code"


# --- Pages ------------------------------------------------------------------------------


def opened(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_whole_way_by_the_pages(town: Town) -> None:
    client, page = opened(town.keeper), f"{LIST}{town.app.pk}/"
    sent = client.post(
        f"{page}releases/", {"version": "2.0", "digest": "CD" * 32, "source": "https://a.city/b"}
    )
    assert sent.status_code == 302
    release = EdgeRelease.objects.get(version="2.0")
    assert release.digest == "cd" * 32
    order = {"node": [town.node.pk], "order": release.pk}
    assert "已下达到 1 个节点" in client.post(f"{page}nodes/", order, follow=True).content.decode()
    town.runs("2.0")
    html = client.get(page).content.decode()
    assert "运行中" in html
    assert town.far.name not in html
    assert "流量统计" in client.get(f"/devices/edge/{town.node.pk}/").content.decode()
    assert "流量统计" in client.get(LIST, {"q": "流量", "state": ""}).content.decode()
    assert "流量统计" not in client.get(LIST, {"state": "failed"}).content.decode()


def test_a_wrong_version_is_shown_at_its_field(town: Town) -> None:
    answer = opened(town.keeper).post(
        f"{LIST}{town.app.pk}/releases/", {"version": "3", "digest": "x", "source": "http://a.city"}
    )
    assert answer.status_code == 422
    assert "64 位小写十六进制" in answer.content.decode()


@pytest.mark.parametrize("order", ["", "x", "999999"])
def test_an_order_that_is_none_changes_nothing(town: Town, order: str) -> None:
    answer = opened(town.keeper).post(
        f"{LIST}{town.app.pk}/nodes/", {"node": [town.node.pk], "order": order}
    )
    assert answer.status_code in (302, 404)
    assert not EdgeRollout.objects.exists()


def test_an_application_is_entered_and_changed(town: Town) -> None:
    client = opened(town.keeper)
    values = {
        "code": "gauge", "name": "水尺识别", "unit": town.cast.east_works.code,
        "area": town.cast.east.code, "note": "",
    }  # fmt: skip
    assert client.post(f"{LIST}new/", values).status_code == 302
    made = EdgeApplication.objects.get(code="gauge")
    changed = client.post(f"{LIST}{made.pk}/edit/", values | {"name": "水尺读数"})
    assert changed.status_code == 302
    entry = AuditEntry.objects.get(action="edge_application.changed")
    assert (entry.data["before"]["name"], entry.data["after"]["name"]) == ("水尺识别", "水尺读数")


def test_readers_look_and_strangers_do_not(town: Town) -> None:
    page = f"{LIST}{town.app.pk}/"
    html = opened(town.reader).get(page).content.decode()
    assert "登记新版本" not in html
    refused = opened(town.reader).post(f"{page}nodes/", {"node": [town.node.pk], "order": "back"})
    assert refused.status_code == 403
    assert opened(town.cast.handler).get(page).status_code == 403
    far = person("西区管理员", "device_keeper", town.cast.west_works)
    assert opened(far).get(page).status_code == 404
