"""The demo city's upkeep: every page shows something, and nothing is made up of backups."""

from datetime import timedelta

from django.test import Client

from apps.common import clock
from apps.demo.stages import upkeep
from apps.upkeep import selectors
from apps.upkeep.models import BackupRun, Exercise
from tests.cast import Cast


def test_the_stage_fills_every_page(keepers: Cast) -> None:
    for name, login in (("keeper", "sysadmin1"), ("writer", "runbook-keeper1")):
        person = getattr(keepers, name)
        person.username, person.tenant = login, keepers.tenant
        person.save()
    keepers.tenant.code = upkeep.TENANT
    keepers.tenant.save()
    assert upkeep.load_upkeep(until=clock.now() - timedelta(hours=1)) == len(upkeep.ARTICLES)
    assert not BackupRun.objects.exists()
    assert [one.state for one in Exercise.objects.order_by("planned_on")] == ["closed", "planned"]
    disks = [line for line in selectors.trend_of() if line.name.startswith("disk_free")]
    assert disks
    assert all(line.per_month < 0 for line in disks)
    client = Client()
    client.force_login(keepers.keeper)
    for page, text in (
        ("backups", "每周全量"), ("runbooks", "磁盘空间不足"), ("exercises", "断网演练"),
        ("plans", "数据库故障"), ("improvements", "不间断电源"), ("capacity", "intake"),
    ):  # fmt: skip
        assert text in client.get(f"/upkeep/{page}/").content.decode()
