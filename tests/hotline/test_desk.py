"""The desk from the ringing to the receipt, as the agent's browser sees it."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.hotline.adapters.simulator import Exchange
from apps.hotline.models import Call, DeskDraft, Line
from apps.hotline.services import NextStep, discard, save_draft, submit_form
from apps.matters.models import Case, CaseAttachment
from tests.cast import Cast, _person
from tests.hotline.factories import PHONE, TEXT, article, demand, editors, intake, neighbour

pytestmark = pytest.mark.django_db
DESK = "/hotline/desk/"


@pytest.fixture
def agent(client: Client, cast: Cast) -> Client:
    """The acceptor's browser."""
    client.force_login(cast.acceptor)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """Will give what an agent typed into a fresh form."""
    lon, lat = Cast.inside_east()
    return {
        "token": str(uuid.uuid4()),
        "reporter_name": "张三丰",
        "reporter_phone": "138 1234 5678",
        "text": TEXT,
        "title": "",
        "nature": "help",
        "class_code": "road.manhole",
        "address": "解放路与和平路路口",
        "lon": lon,
        "lat": lat,
        "priority": "normal",
        "wants_callback": "on",
        "then": "accept",
    } | changes


def picture() -> SimpleUploadedFile:
    """Will give a small picture to upload."""
    from io import BytesIO

    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (20, 20), "red").save(data, "PNG")
    return SimpleUploadedFile("井盖.png", data.getvalue(), "image/png")


class TestJourney:
    def test_a_call_from_ringing_to_the_receipt(
        self, agent: Client, cast: Cast, line: Line
    ) -> None:
        agent.post(reverse("hotline:desk-simulate"), {"phone": PHONE})
        assert "138 1234 5678" in agent.get(reverse("hotline:desk-incoming")).content.decode()
        call = Call.objects.get()
        page = agent.post(reverse("hotline:call-take", args=[call.pk]), follow=True)
        assert 'value="138 1234 5678"' in page.content.decode()

        page = agent.post(DESK, typed(call=call.pk), follow=True)

        case = Case.objects.get()
        assert case.number in page.content.decode()
        assert (case.state, case.title) == ("accepted", TEXT.rstrip("。"))
        assert case.demand.call == call
        assert case.proposal is not None
        agent.post(reverse("hotline:call-hang-up", args=[call.pk]))
        call.refresh_from_db()
        assert (call.state, bool(call.recording)) == ("ended", True)

    def test_registering_only_leaves_it_in_the_queue(self, agent: Client) -> None:
        agent.post(DESK, typed(then="register", class_code=""))
        assert Case.objects.get().state == "registered"

    def test_answering_at_once_counts_the_article(self, agent: Client, cast: Cast) -> None:
        found = article(cast, *editors(cast))
        agent.post(DESK, typed(then="answer", answer="一个工作日内处理。", article_id=found.pk))
        found.refresh_from_db()
        assert (Case.objects.get().state, found.hit_count) == ("replied", 1)

    def test_the_same_form_twice_gives_one_case(self, agent: Client) -> None:
        form = typed()
        first, second = agent.post(DESK, form), agent.post(DESK, form)
        assert first.url == second.url
        assert Case.objects.count() == 1
        assert not DeskDraft.objects.exists()

    def test_files_come_along(self, agent: Client) -> None:
        agent.post(DESK, typed(file=picture()))
        assert CaseAttachment.objects.get().name == "井盖.png"


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"reporter_phone": "12 34"}, "认不出电话号码"),
            ({"text": "字" * 4001}, "不能超过4000个字"),
            ({"text": "", "title": ""}, "请填写"),
            ({"lon": "121.5", "lat": "37.5"}, "不在本市范围内"),
            ({"class_code": ""}, "诉求分类"),
            ({"then": "answer", "answer": ""}, "答复"),
            ({"nature": "loud"}, "loud"),
        ],
    )
    def test_everything_typed_is_kept(
        self, agent: Client, changes: dict[str, Any], message: str
    ) -> None:
        form = typed(**changes)
        page = agent.post(DESK, form)
        html = page.content.decode()
        assert page.status_code == 422
        assert message in html
        assert "解放路与和平路路口" in html
        assert not Case.objects.exists()
        assert DeskDraft.objects.get().data["address"] == form["address"]

    def test_files_survive_a_refusal(self, agent: Client) -> None:
        form = typed(text="")
        assert "井盖.png" in agent.post(DESK, form | {"file": picture()}).content.decode()
        agent.post(DESK, form | {"text": TEXT})
        assert CaseAttachment.objects.count() == 1

    def test_a_bad_file_names_itself_and_keeps_the_words(self, agent: Client) -> None:
        bad = SimpleUploadedFile("x.exe", b"MZ\x90\x00" + b"\x00" * 60)
        page = agent.post(DESK, typed(file=bad))
        assert page.status_code == 422
        assert not Case.objects.exists()
        assert DeskDraft.objects.get().data["text"] == TEXT

    def test_only_agents_open_the_desk(self, client: Client, cast: Cast) -> None:
        assert client.get(DESK).status_code == 302
        client.force_login(cast.handler)
        assert client.get(DESK).status_code == 403
        assert client.post(DESK, typed()).status_code == 403

    def test_the_service_asks_for_itself(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            submit_form(cast.handler, token=uuid.uuid4(), intake=intake(), then=NextStep())

    def test_a_form_without_identity_is_refused(self, agent: Client) -> None:
        assert agent.post(DESK, typed(token="x")).status_code == 400


class TestDrafts:
    def test_what_was_typed_comes_back(self, agent: Client) -> None:
        form = typed(text="水管爆了", then="")
        answer = agent.post(reverse("hotline:desk-draft"), form)
        assert answer.json()["saved"] is True
        page = agent.get(DESK).content.decode()
        assert "水管爆了" in page
        assert form["token"] in page
        assert "水管爆了" not in agent.get(f"{DESK}?new=1").content.decode().split("<form")[-2]

    def test_a_late_autosave_revives_nothing(self, agent: Client) -> None:
        form = typed()
        agent.post(DESK, form)
        assert agent.post(reverse("hotline:desk-draft"), form).json()["registered"] is True
        assert not DeskDraft.objects.exists()

    def test_a_draft_belongs_to_its_agent(self, cast: Cast) -> None:
        token = uuid.uuid4()
        save_draft(cast.acceptor, token=token, data={"text": "…"})
        second = _person("second", "孙敏", "acceptor", cast.center)
        for deed in (
            lambda: save_draft(second, token=token, data={"text": "x"}),
            lambda: discard(second, token=token),
        ):
            with pytest.raises(NotFound):
                deed()

    def test_discarding_twice_is_harmless(self, agent: Client, cast: Cast) -> None:
        token = uuid.uuid4()
        save_draft(cast.acceptor, token=token, data={})
        for _turn in range(2):
            agent.post(reverse("hotline:desk-discard"), {"token": token})
        assert not DeskDraft.objects.exists()

    def test_too_many_files_are_refused(self, cast: Cast) -> None:
        from apps.common import files
        from apps.hotline.services import attach_file

        token = uuid.uuid4()
        stored = files.store(picture())
        save_draft(cast.acceptor, token=token, data={})
        DeskDraft.objects.update(data={"files": [{"id": -n, "name": ""} for n in range(9)]})
        with pytest.raises(InvalidInput):
            attach_file(cast.acceptor, token=token, file=stored, name="a")

    def test_a_file_is_taken_off(self, agent: Client) -> None:
        form = typed()
        agent.post(reverse("hotline:desk-files"), form | {"file": picture()})
        kept = DeskDraft.objects.get().data["files"][0]
        url = reverse("hotline:desk-file-remove", args=[kept["id"]])
        assert "井盖.png" not in agent.post(url, {"token": form["token"]}).content.decode()


class TestBesideTheForm:
    def test_the_caller_is_shown_masked_with_history(self, agent: Client, cast: Cast) -> None:
        demand(cast)
        page = agent.get(reverse("hotline:desk-caller"), {"reporter_phone": PHONE})
        html = page.content.decode()
        assert "张*丰" in html
        assert "路口井盖松动" in html
        assert "张三丰" not in html

    def test_a_secret_demand_is_not_in_the_history(self, agent: Client, cast: Cast) -> None:
        demand(cast, is_secret=True)
        page = agent.get(reverse("hotline:desk-caller"), {"reporter_phone": PHONE})
        assert "路口井盖松动" not in page.content.decode()

    def test_another_city_knows_nothing_of_the_caller(self, client: Client, cast: Cast) -> None:
        demand(cast)
        client.force_login(neighbour(cast))
        page = client.get(reverse("hotline:desk-caller"), {"reporter_phone": PHONE})
        assert "首次来电" in page.content.decode()

    def test_hints_show_the_duplicate_and_the_article(self, agent: Client, cast: Cast) -> None:
        demand(cast)
        article(cast, *editors(cast))
        page = agent.post(reverse("hotline:desk-hints"), typed()).content.decode()
        assert "原文相同" in page
        assert "井盖损坏如何报修" in page

    def test_short_text_asks_nothing(self, agent: Client) -> None:
        page = agent.post(reverse("hotline:desk-hints"), typed(text="井盖"))
        assert "相似诉求" in page.content.decode()

    def test_an_unknown_place_is_no_error(self, agent: Client) -> None:
        page = agent.get(reverse("hotline:desk-places"), {"address": "不存在的地方"})
        assert "没有找到" in page.content.decode()

    def test_a_real_exchange_cannot_be_simulated(
        self, agent: Client, cast: Cast, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.hotline.views.desk.exchange", lambda: object())
        assert agent.post(reverse("hotline:desk-simulate")).status_code == 400

    def test_dialling_out_makes_a_call(self, cast: Cast, line: Line) -> None:
        number = Exchange().dial(agent="acceptor", line="12345", phone=PHONE)
        call = Call.objects.get(exchange_id=number)
        assert (call.direction, call.state, call.agent) == ("out", "answered", cast.acceptor)
