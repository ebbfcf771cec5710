"""Another server of the database takes over: noticed, told, explained. OP-23, PF-08."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.upkeep import services
from apps.upkeep.models import ServerTerm
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def switched(keepers: Cast) -> ServerTerm:
    """An hour ago another server served."""
    ago = clock.now() - timedelta(hours=1)
    ServerTerm.objects.create(system="7", timeline=1, address="10.1.1.1", began_at=ago, seen_at=ago)
    found = services.note_server()
    assert found is not None
    return found


def test_the_first_server_is_no_switch_and_is_seen_again(keepers: Cast) -> None:
    first = services.note_server()
    with clock.at(clock.now() + timedelta(minutes=5)):
        services.note_server()
    term = ServerTerm.objects.get()
    assert first == term
    assert term.seen_at - term.began_at >= timedelta(minutes=5)
    assert not Notice.objects.filter(kind="upkeep").exists()
    with pytest.raises(Refused, match="最初的服务器"):
        services.explain_switch(keepers.keeper, term_id=term.pk, cause="drill", note="演练")


def test_a_switch_is_told_once_to_who_keeps_the_platform(
    switched: ServerTerm, keepers: Cast
) -> None:
    services.note_server()
    told = Notice.objects.get(kind="upkeep")
    assert (told.recipient, "10.1.1.1" in told.body) == (keepers.keeper, True)
    entry = AuditEntry.objects.get(action="server_switch.noticed")
    assert entry.data["before"]["server"] == "10.1.1.1 · 1"
    assert ServerTerm.objects.count() == 2


def test_it_is_explained_by_who_keeps_it_and_may_be_corrected(
    switched: ServerTerm, keepers: Cast, client: Client
) -> None:
    client.force_login(keepers.keeper)
    page = client.get("/upkeep/servers/").content.decode()
    assert "10.1.1.1" in page
    assert "待登记" in page
    address = f"/upkeep/servers/{switched.pk}/"
    refused = client.post(address, {"cause": "", "note": ""})
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"cause", "note"}
    client.post(address, {"cause": "failure", "note": "主机断电"})
    client.post(address, {"cause": "drill", "note": "季度切换演练"})
    assert "季度切换演练" in client.get("/upkeep/servers/").content.decode()
    entry = AuditEntry.objects.filter(action="server_switch.explained").latest("pk")
    assert (entry.data["before"]["cause"], entry.data["after"]["cause"]) == ("failure", "drill")


@pytest.mark.parametrize(
    ("cause", "note", "field"),
    [("war", "说明", "cause"), ("drill", " ", "note"), ("drill", "长" * 1001, "note")],
)
def test_what_is_missing_is_named(
    switched: ServerTerm, keepers: Cast, cause: str, note: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.explain_switch(keepers.keeper, term_id=switched.pk, cause=cause, note=note)
    assert refusal.value.field == field


def test_others_neither_explain_nor_find_what_is_not_there(
    switched: ServerTerm, keepers: Cast, client: Client
) -> None:
    what: dict[str, Any] = {"cause": "drill", "note": "演练"}
    with pytest.raises(NotAllowed):
        services.explain_switch(keepers.handler, term_id=switched.pk, **what)
    with pytest.raises(NotFound):
        services.explain_switch(keepers.keeper, term_id=switched.pk + 9, **what)
    client.force_login(keepers.handler)
    assert client.get("/upkeep/servers/").status_code == 403
    assert client.get(f"/upkeep/servers/{switched.pk}/").status_code == 403
