"""The demo city's own services: on where the stand-in runs, off elsewhere, none where forbidden."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.assist.enums import AssistKind
from apps.assist.models import Assistant
from apps.assist.selectors import kinds_for
from apps.common import clock
from apps.demo.stages import assist as stage
from tests.cast import ROLES, Cast, _organization, _person

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrators(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[User]:
    monkeypatch.setattr(stage, "TENANT", cast.tenant.code)
    monkeypatch.setattr(stage, "CENTER", cast.center.code)
    monkeypatch.setitem(ROLES, "system_admin", ["assist.keep_assistants"])
    monkeypatch.setitem(ROLES, "security_admin", ["assist.approve_assistants"])
    unit = _organization(cast.tenant, cast.center, "demo-operations", "运行科", "center", cast.city)
    people = [
        _person("sysadmin1", "系统一", "system_admin", unit),
        _person("secadmin1", "安全一", "security_admin", unit),
    ]
    User.objects.filter(pk__in=[each.pk for each in people]).update(tenant=cast.tenant)
    return people


def test_two_administrators_switched_them_on(
    cast: Cast, administrators: list[User], settings: Any
) -> None:
    settings.OUTGOING_HOSTS, settings.DEMO_STATIONS = ["127.0.0.1/32"], True
    assert stage.load_assist(until=clock.now() + timedelta(hours=4)) == 4
    assert kinds_for(cast.acceptor) == list(AssistKind)
    assert kinds_for(cast.handler) == list(AssistKind)


def test_elsewhere_they_are_off_or_not_there(
    cast: Cast, administrators: list[User], settings: Any
) -> None:
    settings.OUTGOING_HOSTS, settings.DEMO_STATIONS = [], False
    assert stage.load_assist(until=clock.now() + timedelta(hours=4)) == 0
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    assert stage.load_assist(until=clock.now() + timedelta(hours=4)) == 4
    assert not Assistant.objects.filter(is_on=True).exists()
    assert kinds_for(cast.acceptor) == []
