"""What the hotline adds to a case, and what the reporter hears of it."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.hotline.enums import CallEventKind
from apps.hotline.models import Demand, Line
from apps.hotline.services import apply_event, register_demand, reveal_reporter
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.notices.models import Delivery
from tests.cast import Cast
from tests.hotline.factories import PHONE, demand, event, intake, neighbour
from tests.matters.factories import ACCEPT, CALL_BACK, act, dispatch_data, feed_back_data

pytestmark = pytest.mark.django_db


def closed(cast: Cast, **changes: Any) -> Case:
    """Will bring a demand of the town to its end."""
    case = demand(cast, **changes)
    act(cast.acceptor, case, "accept", ACCEPT)
    act(cast.dispatcher, case, "dispatch", dispatch_data(cast))
    act(cast.handler, case, "sign", {})
    act(cast.handler, case, "feed_back", feed_back_data())
    return act(cast.callback, case, "call_back", CALL_BACK)


def panel(viewer: Any, case: Case) -> dict[str, Any]:
    """Will give the panel of a case as the viewer gets it."""
    request = RequestFactory().get("/")
    request.user = viewer
    return extension_of("hotline.demand").panel(request, case)


class TestFollowing:
    def test_public_words_reach_the_phone_and_notes_never_do(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            case = demand(cast)
            act(cast.acceptor, case, "accept", ACCEPT | {"note": "内部:此人常来"})
            act(cast.supervisor, case, "remark", {"note": "内部备注"})
        sent = list(Delivery.objects.order_by("id").values_list("text", flat=True))
        assert len(sent) == 2
        assert "已受理" in sent[1]
        assert not any("内部" in text for text in sent)

    def test_a_result_is_published_only_with_consent(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            shown = closed(cast, is_public=True)
            closed(cast)
            closed(cast, is_public=True, is_secret=True)
        assert [d.case for d in Demand.objects.filter(is_published=True)] == [shown]

    def test_a_reopened_case_is_taken_back(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            case = closed(cast, is_public=True)
            act(cast.supervisor, case, "redo", {"reason": "又坏了"})
        assert not Demand.objects.get().is_published


class TestExtension:
    def test_facts_for_the_rules(self, cast: Cast) -> None:
        demand(cast)
        case = demand(cast, is_secret=True)
        facts = extension_of("hotline.demand").facts(case)
        assert facts == {
            "nature": "help",
            "family": "",
            "is_secret": True,
            "repeat_count_30d": 2,
        }

    def test_a_case_without_a_demand_has_no_facts(self, cast: Cast) -> None:
        from tests.matters.factories import registered

        case = registered(cast)
        extension = extension_of("hotline.demand")
        assert (extension.facts(case), extension.reporter_name(case)) == ({}, "")
        assert panel(cast.acceptor, case) == {}

    def test_names_are_masked_for_lists_and_hidden_when_secret(self, cast: Cast) -> None:
        extension = extension_of("hotline.demand")
        assert extension.reporter_name(demand(cast)) == "张*丰"
        assert extension.reporter_name(demand(cast, is_secret=True)) == ""

    def test_the_panel_masks_and_offers_the_recording(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(CallEventKind.ENDED, agent="acceptor", recording="r1"))
        other = demand(cast)
        case = register_demand(
            cast.acceptor, tenant=cast.tenant, intake=intake(), call_id=call.pk
        ).case
        seen = panel(cast.acceptor, case)
        assert (seen["reporter"].name, seen["reporter"].phone) == ("张*丰", "138****5678")
        assert (seen["can_play"], seen["can_reveal"]) == (True, True)
        assert [e.case for e in seen["other_cases"]] == [other]

    def test_a_secret_reporter_is_kept_from_the_unit(self, cast: Cast) -> None:
        case = demand(cast, is_secret=True)
        act(cast.acceptor, case, "accept", ACCEPT)
        act(cast.dispatcher, case, "dispatch", dispatch_data(cast))
        assert panel(cast.handler, case)["reporter"].is_hidden
        assert not panel(cast.callback, case)["reporter"].is_hidden

    def test_the_case_page_shows_the_panel(self, client: Client, cast: Cast) -> None:
        case = demand(cast)
        client.force_login(cast.acceptor)
        html = client.get(f"/cases/{case.pk}/").content.decode()
        assert "138****5678" in html
        assert PHONE not in html


class TestRevealing:
    def test_it_is_shown_and_logged_with_its_purpose(self, cast: Cast) -> None:
        case = demand(cast)
        shown = reveal_reporter(cast.callback, case_id=case.pk, purpose="回访核实")
        assert (shown.name, shown.phone) == ("张三丰", PHONE)
        entry = AuditEntry.objects.get(action="hotline.reveal_reporter")
        assert entry.data["purpose"] == "回访核实"

    def test_refusals(self, cast: Cast) -> None:
        case = demand(cast)
        with pytest.raises(InvalidInput) as refused:
            reveal_reporter(cast.callback, case_id=case.pk, purpose=" ")
        assert refused.value.field == "purpose"
        with pytest.raises(NotAllowed):
            reveal_reporter(cast.dispatcher, case_id=case.pk, purpose="想看看")
        with pytest.raises(NotFound):
            reveal_reporter(neighbour(cast), case_id=case.pk, purpose="想看看")
        assert not AuditEntry.objects.filter(action="hotline.reveal_reporter").exists()

    def test_by_page(self, client: Client, cast: Cast) -> None:
        case = demand(cast)
        client.force_login(cast.callback)
        url = reverse("hotline:reveal", args=[case.pk])
        assert client.post(url, {"purpose": ""}).status_code == 422
        assert "138 1234 5678" in client.post(url, {"purpose": "回访核实"}).content.decode()
