"""Warnings to the public: two people issue, everybody reads, one lifts with a reason. AL-07."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, Role
from apps.accounts.services import extend_roles
from apps.accounts.services.standard_roles import find_permissions
from apps.alarms import services
from apps.alarms.enums import Level
from apps.alarms.models import PublicWarning
from apps.alarms.selectors import list_standing
from apps.alarms.services import NewWarning
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused, Stale
from apps.notices.models import Notice
from tests.alarms.factories import asset, raised
from tests.cast import Cast
from tests.people import appointed


@pytest.fixture
def warners(watch: Cast) -> Cast:
    """Who proposes in the centre and in the west, and who agrees in the centre."""
    for name, unit, rights in (
        ("warner", watch.center, ["view_alarms", "issue_warnings"]),
        ("warner_west", watch.west_works, ["view_alarms", "issue_warnings"]),
        ("issuer", watch.center, ["view_alarms", "approve_warnings"]),
    ):
        labels = [f"alarms.{right}" for right in rights]
        watch.people[name] = appointed(name, unit, role=f"public-{name}", rights=labels)
    for level, action in ((Level.RED, "立即转移"), (Level.ORANGE, "避开低洼路段")):
        services.set_warning_level(
            SYSTEM, tenant=watch.tenant, level=level, audience="沿河居民", action=action,
            lift="水位低于3.2米一小时",
        )  # fmt: skip
    return watch


def proposed(cast: Cast, *, key: UUID | None = None, **changes: Any) -> PublicWarning:
    said = {
        "level": Level.ORANGE, "title": "东区河道水位过高", "text": "水位3.6米，仍在上涨。",
        "area": cast.cells["east"][0].parent,
    } | changes  # fmt: skip
    return services.propose_warning(
        cast.warner, tenant=cast.tenant, new=NewWarning(**said), reason="汛情需要告知公众",
        key=key or uuid4(),
    )  # fmt: skip


def held_of(warning: PublicWarning) -> HeldChange:
    return HeldChange.objects.get(act=services.ISSUE_ACT, subject_id=str(warning.pk))


def issued(cast: Cast, **changes: Any) -> PublicWarning:
    warning = proposed(cast, **changes)
    held = held_of(warning)
    approvals.approve_change(cast.issuer, change_id=held.pk, digest=held.digest)
    warning.refresh_from_db()
    return warning


def test_two_people_issue_the_public_reads_one_lifts(warners: Cast, client: Client) -> None:
    warning = proposed(warners)
    assert (warning.audience, warning.action) == ("沿河居民", "避开低洼路段")
    assert client.get(f"/citizen/warnings/{warning.pk}/").status_code == 404
    held = held_of(warning)
    with pytest.raises(NotAllowed):
        approvals.approve_change(warners.warner, change_id=held.pk, digest=held.digest)
    approvals.approve_change(warners.issuer, change_id=held.pk, digest=held.digest)
    warning.refresh_from_db()
    assert (warning.state, warning.checked_by) == ("issued", warners.issuer)
    for page in ("/citizen/warnings/", "/citizen/", f"/citizen/warnings/{warning.pk}/"):
        assert "东区河道水位过高" in client.get(page).content.decode()
    told = Notice.objects.filter(title__startswith="已发布橙色预警")
    assert warners.operator_west.pk in told.values_list("recipient_id", flat=True)
    with pytest.raises(InvalidInput) as refused:
        services.lift_warning(warners.warner, warning_id=warning.pk, reason="好")
    assert refused.value.field == "reason"
    services.lift_warning(warners.warner, warning_id=warning.pk, reason="水位已低于3.2米一小时")
    with pytest.raises(Refused):
        services.lift_warning(warners.warner, warning_id=warning.pk, reason="再解除一次看看")
    assert not list_standing().exists()
    page = client.get(f"/citizen/warnings/{warning.pk}/").content.decode()
    assert "水位已低于3.2米一小时" in page
    entries = AuditEntry.objects.filter(action__startswith="public_warning.").order_by("pk")
    assert [entry.action.partition(".")[2] for entry in entries] == ["proposed", "issued", "lifted"]
    assert entries[2].data["before"]["state"] == "issued"


def test_not_agreed_to_is_never_shown(warners: Cast) -> None:
    warning = proposed(warners)
    approvals.refuse_change(warners.issuer, change_id=held_of(warning).pk, note="依据不足")
    warning.refresh_from_db()
    assert (warning.state, warning.issued_at) == ("refused", None)
    assert "依据不足" in warning.outcome
    with pytest.raises(Refused):
        services.issue_warning(warners.warner, warning_id=warning.pk, checker=warners.issuer)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"text": "长" * 1001}, "text"),
        ({"level": 9}, "level"),
        ({"level": Level.BLUE}, "audience"),
        ({"until_at": clock.now() - timedelta(minutes=1)}, "until_at"),
    ],
)
def test_what_is_no_warning(warners: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        proposed(warners, **changes)
    assert refused.value.field == field
    assert not PublicWarning.objects.exists()


def test_wrong_role_and_the_neighbouring_district(warners: Cast) -> None:
    new = NewWarning(Level.RED, "甲", "乙", warners.cells["east"][0].parent)
    for actor in (warners.operator, warners.warner_west, warners.issuer):
        with pytest.raises(NotAllowed):
            services.propose_warning(
                actor, tenant=warners.tenant, new=new, reason="没有权限的人", key=uuid4()
            )
    warning = issued(warners)
    with pytest.raises(NotAllowed):
        services.lift_warning(warners.warner_west, warning_id=warning.pk, reason="邻区的人来解除")
    assert PublicWarning.objects.get().state == "issued"


def test_the_same_page_sent_twice_is_one(warners: Cast) -> None:
    key = uuid4()
    assert proposed(warners, key=key) == proposed(warners, key=key)
    assert HeldChange.objects.filter(act=services.ISSUE_ACT).count() == 1


def test_a_graver_one_takes_its_place_in_the_same_moment(warners: Cast) -> None:
    first = issued(warners)
    second = issued(warners, level=Level.RED, title="东区河道漫堤", replaces=first)
    first.refresh_from_db()
    assert (first.state, first.lifted_by) == ("lifted", warners.warner)
    assert "东区河道漫堤" in first.outcome
    assert list(list_standing()) == [second]
    with pytest.raises(Refused, match="不在发布中"):
        proposed(warners, replaces=first)
    waiting = proposed(warners, title="再升级", replaces=second)
    services.lift_warning(warners.warner, warning_id=second.pk, reason="险情已经排除")
    held = held_of(waiting)
    with pytest.raises(Stale):
        approvals.approve_change(warners.issuer, change_id=held.pk, digest=held.digest)
    waiting.refresh_from_db()
    assert waiting.state == "refused"


def test_the_database_keeps_words_and_both_people(warners: Cast) -> None:
    waiting = proposed(warners)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        PublicWarning.objects.filter(pk=waiting.pk).update(checked_by=warners.warner)
    warning = issued(warners, title="另一条")
    for deed in (
        lambda rows: rows.update(text="改写"),
        lambda rows: rows.delete(),
        lambda rows: rows.update(issued_at=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed(PublicWarning.objects.filter(pk=warning.pk))
    assert PublicWarning.objects.get(pk=warning.pk).text == "水位3.6米，仍在上涨。"


@pytest.mark.django_db(transaction=True)
def test_two_lift_at_once_and_one_does(warners: Cast) -> None:
    warning = issued(warners)

    def lift(number: int) -> str:
        try:
            reason = f"第{number}人确认条件已满足"
            services.lift_warning(warners.warner, warning_id=warning.pk, reason=reason)
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "lifted"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lift, (1, 2))) == ["lifted", "refused"]
    assert AuditEntry.objects.filter(action="public_warning.lifted").count() == 1


def test_pages_from_the_alarm_to_the_public(warners: Cast, client: Client) -> None:
    alarm = raised(asset(warners), level=Level.RED)
    client.force_login(warners.warner)
    page = client.get(f"/alarms/warnings/new/?alarm={alarm.pk}")
    assert page.context["form"].initial["level"] == Level.RED
    form = page.context["form"]
    said = {
        "level": "4", "title": "<script>漫堤", "text": alarm.sentence,
        "area": str(form.fields["area"].queryset.first().pk), "reason": "", "key": str(uuid4()),
    }  # fmt: skip
    address = f"/alarms/warnings/new/?alarm={alarm.pk}"
    assert client.post(address, said).status_code == 422
    answer = client.post(address, said | {"reason": "水位超过警戒值"})
    warning = PublicWarning.objects.get()
    assert answer["Location"] == f"/alarms/warnings/{warning.pk}/"
    held = held_of(warning)
    approvals.approve_change(warners.issuer, change_id=held.pk, digest=held.digest)
    assert "&lt;script&gt;漫堤" in client.get("/citizen/").content.decode()
    assert warning.alarm == alarm
    assert "&lt;script&gt;漫堤" in client.get(f"/alarms/{alarm.pk}/").content.decode()
    lift = f"/alarms/warnings/{warning.pk}/lift/"
    assert client.post(lift, {"reason": "x"}).status_code == 422
    sheet = b"".join(client.get("/alarms/warnings/?format=xlsx&state=issued&level=4"))
    rows = list(load_workbook(BytesIO(sheet)).active.iter_rows(values_only=True))
    assert rows[1][0] == "红色"
    assert not client.get("/alarms/warnings/?q=没有的").context["rows"]
    client.force_login(warners.operator)
    assert client.post(lift, {"reason": "没有权限的人"}).status_code == 403
    assert client.get("/alarms/warnings/new/").status_code == 403
    client.force_login(warners.outsider)
    assert client.get("/alarms/warnings/").status_code == 403


def test_an_older_citys_roles_get_the_new_rights_only(warners: Cast) -> None:
    Role.objects.filter(code__in=["alarm_keeper", "leader"]).delete()
    keeper = Role.objects.create(code="alarm_keeper", name="告警管理员")
    leader = Role.objects.create(code="leader", name="领导")
    keeper.permissions.add(*find_permissions(["alarms.view_alarms"])[0])
    extend_roles("alarms", rights=["alarms.issue_warnings", "alarms.approve_warnings"])
    assert set(keeper.permissions.values_list("codename", flat=True)) == {
        "view_alarms", "issue_warnings",
    }  # fmt: skip
    assert set(leader.permissions.values_list("codename", flat=True)) == {"approve_warnings"}


def test_programs_of_anybody_read_what_stands(warners: Cast, client: Client) -> None:
    proposed(warners, title="还没有签发")
    standing = issued(warners)
    found = client.get("/api/v1/warnings/").json()
    assert [(one["title"], one["level"], one["action"]) for one in found] == [
        ("东区河道水位过高", 3, "避开低洼路段")
    ]
    assert "made_by" not in found[0]
    cell = warners.cells["east"][0]
    for code, count in ((cell.code, 1), (warners.east.code, 1), (warners.west.code, 0)):
        assert len(client.get("/api/v1/warnings/", {"area": code}).json()) == count
    for wrong in ("state", "area"):
        answer = client.get("/api/v1/warnings/", {wrong: "nothing"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, wrong)
    services.lift_warning(warners.warner, warning_id=standing.pk, reason="水位已经回落")
    assert client.get("/api/v1/warnings/").json() == []
    [lifted] = client.get("/api/v1/warnings/", {"state": "lifted"}).json()
    assert lifted["outcome"] == "水位已经回落"
    assert client.get(f"/api/v1/warnings/{standing.pk}/").json()["state"] == "lifted"
    assert client.get("/api/v1/warnings/999/").status_code == 404
