"""Opinion collections from the draft to the published summary (PT-08)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, TooMany
from apps.opinions import selectors, services
from apps.opinions.enums import Adoption, Audience, PaperState
from apps.opinions.errors import NotOpen, PaperMoved, PhoneWanted
from apps.opinions.models import Collection, Opinion
from tests.cast import Cast
from tests.opinions.conftest import collection, confirmed, filled, notice, person, web

pytestmark = pytest.mark.django_db
URL = "/opinions/collections/"


def said(text: str = "希望步道铺设防滑材料。", key: str = "k1", **more: Any) -> services.Said:
    return services.Said(text, key, **more)


def write(row: Collection, what: services.Said, **more: Any) -> Opinion:
    given: dict[str, Any] = {"person": None, "address": "10.0.0.8"}
    return services.write_opinion(collection=row, said=what, **(given | more))[0]


def test_from_the_draft_to_the_summary_by_two_people(town: Cast, client: Client) -> None:
    east = web(town.drafter)
    form = {
        "unit": str(town.east_works.pk),
        "title": "滨河公园改造方案征求意见",
        "text": "拟增设步道。",
        "audience": "anyone",
        "area": str(town.east.pk),
        "opens_on": clock.today().isoformat(),
        "closes_on": (clock.today() + timedelta(days=3)).isoformat(),
        "files": SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF\n"),
    }
    wrong = east.post(f"{URL}new/", form | {"closes_on": "2020-01-01", "files": ""})
    assert wrong.status_code == 422
    assert "截止日期不能早于开始日期" in wrong.content.decode()
    assert east.post(f"{URL}new/", form).status_code == 302
    row = Collection.objects.get()
    assert client.get(f"/citizen/opinions/{row.pk}/").status_code == 404
    east.post(f"{URL}{row.pk}/submit/")
    with pytest.raises(NotAllowed):
        services.publish_collection(town.drafter, collection_id=row.pk)
    boss = web(town.publisher_east)
    back = boss.post(f"{URL}{row.pk}/send-back/", {"note": ""})
    assert back.status_code == 422
    boss.post(f"{URL}{row.pk}/send-back/", {"note": "请写明范围"})
    assert "请写明范围" in east.get(f"{URL}{row.pk}/edit/").content.decode()
    with pytest.raises(PaperMoved):
        services.publish_collection(town.publisher_east, collection_id=row.pk)
    east.post(f"{URL}{row.pk}/submit/")
    boss.post(f"{URL}{row.pk}/publish/")
    page = client.get(f"/citizen/opinions/{row.pk}/").content.decode()
    assert "方案.pdf" in page
    paper = row.files.get()
    assert client.get(f"/citizen/opinions/{row.pk}/files/{paper.pk}/").status_code == 200
    texts = ["建议用防滑材料。我电话13800001111", "不同意砍树，请保留大树", "asdf asdf asdf"]
    for text in texts:
        answer = client.post(f"/citizen/opinions/{row.pk}/", filled(text=text, name="张三丰"))
        assert answer.status_code == 302
    first, second, third = row.opinions.order_by("pk")
    seen = east.get(f"{URL}{row.pk}/").content.decode()
    assert "张*丰" in seen
    assert "13800001111" not in seen
    decide = {"theme": "步道", "adoption": "adopted", "reason": "", "opinions": [first.pk]}
    assert east.post(f"{URL}{row.pk}/decide/", decide).status_code == 302
    bare = decide | {"adoption": "declined", "opinions": [second.pk]}
    refused = east.post(f"{URL}{row.pk}/decide/", bare)
    assert refused.status_code == 422
    assert "请填写理由" in refused.content.decode()
    with pytest.raises(Refused):
        services.write_summary(town.drafter, collection_id=row.pk, summary="说明")
    with clock.at(clock.now() + timedelta(days=5)):
        east, boss = web(town.drafter), web(town.publisher_east)
        with pytest.raises(Refused, match="未处理"):
            services.write_summary(town.drafter, collection_id=row.pk, summary="说明")
        east.post(f"{URL}{row.pk}/decide/", bare | {"reason": "病树须移除", "theme": "树木"})
        void = {"theme": "无效", "adoption": "void", "reason": "无实质内容", "opinions": [third.pk]}
        east.post(f"{URL}{row.pk}/decide/", void)
        east.post(f"{URL}{row.pk}/summary/", {"summary": "多数意见已采纳。"})
        with pytest.raises(NotAllowed):
            services.publish_summary(town.drafter, collection_id=row.pk)
        boss.post(f"{URL}{row.pk}/conclude/")
        public = client.get(f"/citizen/opinions/{row.pk}/").content.decode()
    assert "多数意见已采纳" in public
    assert "病树须移除" in public
    assert not any(hidden in public for hidden in ("张", "13800001111", "砍树", "无实质内容"))
    row.refresh_from_db()
    assert row.state == PaperState.CONCLUDED
    with pytest.raises(PaperMoved):
        services.decide_opinions(
            town.drafter,
            collection_id=row.pk,
            opinion_ids=[first.pk],
            theme="步道",
            adoption="partly",
            reason="改",
        )
    deeds = AuditEntry.objects.filter(object_type="opinions.collection").order_by("pk")
    told = [entry.action.split(".")[1] for entry in deeds if "before" in entry.data]
    assert told == [
        "drafted", "submitted", "sent_back", "submitted", "published", "summary_written",
        "concluded",
    ]  # fmt: skip


def test_the_neighbour_and_the_wrong_role_see_and_do_nothing(town: Cast) -> None:
    row = collection(town)
    west = web(town.publisher_west)
    assert west.get(f"{URL}{row.pk}/").status_code == 404
    assert row.title not in west.get(URL).content.decode()
    assert web(town.handler).get(URL).status_code == 403
    assert row.title in web(town.moderator).get(URL).content.decode()
    assert web(town.moderator).post(f"{URL}{row.pk}/decide/", {}).status_code == 403
    with pytest.raises(NotFound):
        services.publish_collection(town.publisher_west, collection_id=row.pk)
    with pytest.raises(NotAllowed):
        services.draft_collection(town.drafter, unit=town.west_works, notice=notice())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("建议🌳多种树，𠮷祥路也要", True),
        ("很" * 4000, True),
        ("很" * 4001, False),
        ("好", False),
        ("<script>alert(1)</script>加装路灯", True),
    ],
)
def test_strange_texts(town: Cast, client: Client, text: str, kept: bool) -> None:
    row = collection(town)
    answer = client.post(f"/citizen/opinions/{row.pk}/", filled(text=text))
    assert (answer.status_code == 302) is kept
    assert row.opinions.count() == kept
    if not kept:
        assert answer.context["form"].errors["text"]
    page = web(town.drafter).get(f"{URL}{row.pk}/").content.decode()
    assert "<script>alert" not in page


def test_a_form_sent_twice_and_the_same_words_of_a_person_are_one(
    town: Cast, client: Client
) -> None:
    row = collection(town)
    form = filled()
    assert [client.post(f"/citizen/opinions/{row.pk}/", form).status_code for _ in "12"] == [
        302, 302,
    ]  # fmt: skip
    assert row.opinions.count() == 1
    me = person(town)
    first = write(row, said("支持 增设步道！", "k2"), person=me)
    assert write(row, said("支持增设步道。", "k3"), person=me) == first
    assert write(row, said("支持增设步道。", "k4")) != first


def test_the_window_the_audience_and_a_trap_for_programs(town: Cast, client: Client) -> None:
    row = collection(town, audience=Audience.CONFIRMED)
    url = f"/citizen/opinions/{row.pk}/"
    with pytest.raises(PhoneWanted):
        write(row, said())
    assert "确认手机号后提意见" in client.get(url).content.decode()
    confirmed(client, back=url)
    trapped = client.post(url, filled(website="http://spam"))
    assert trapped.status_code == 422
    assert client.post(url, filled(reporter_phone="")).status_code == 302
    assert Opinion.objects.get().phone == "13812345678"
    with clock.at(clock.now() + timedelta(days=11)):
        assert "提意见</h2>" not in client.get(url).content.decode()
        with pytest.raises(NotOpen):
            write(row, said(key="late"), person=person(town))
    client.post("/citizen/phone/leave/")
    assert "确认手机号后提意见" in client.get(url).content.decode()


def test_a_flood_from_one_address_stops(
    town: Cast, client: Client, settings: Any, time_held: Any
) -> None:
    settings.CITIZEN_REPORTS_PER_ADDRESS = 3
    row = collection(town)
    answers = [
        client.post(f"/citizen/opinions/{row.pk}/", filled(text=f"第{n}条意见内容"))
        for n in range(5)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert int(answers[3]["Retry-After"]) > 0
    assert row.opinions.count() == 3
    with pytest.raises(TooMany):
        write(row, said(), address="127.0.0.1")


def test_a_wrong_code_is_refused_and_tried_five_times_only(
    town: Cast, client: Client, time_held: Any
) -> None:
    asked = client.post("/citizen/phone/", {"phone": "13812345678", "next": "https://evil"})
    form = asked.context["form"]
    challenge = form.initial["challenge"]
    assert asked.context["next"] == "/citizen/"
    wrong = {"challenge": challenge, "code": "x"}
    codes = [client.post("/citizen/phone/", wrong).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert "cb_phone" not in client.cookies
    assert client.post("/citizen/phone/", {"phone": "13812345678"}).status_code == 429
    assert client.post("/citizen/phone/", {"phone": "12"}).status_code == 422


def test_lists_and_sheets(town: Cast) -> None:
    row = collection(town)
    write(row, said("加装路灯，联系13900002222", name="李四"))
    client = web(town.drafter)
    assert client.get(f"{URL}?text=滨河&state=published").context["rows"][0].pending_n == 1
    assert client.get(f"{URL}?text=没有").context["rows"] == []
    sheet = client.get(f"{URL}{row.pk}/opinions/")
    book = load_workbook(BytesIO(b"".join(sheet.streaming_content)))  # type: ignore[attr-defined]
    cells = [str(cell.value) for line in book.active.iter_rows() for cell in line]
    assert "李*" in cells
    assert not any("13900002222" in cell for cell in cells)
    assert AuditEntry.objects.filter(action="opinions.exported").count() == 1
    assert client.get(f"{URL}export/").status_code == 200
    assert selectors.tally_of(row).pending == 1
    with pytest.raises(InvalidInput):
        services.decide_opinions(
            town.drafter, collection_id=row.pk, opinion_ids=[], theme="灯",
            adoption=Adoption.ADOPTED, reason="",
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_write_one(town: Cast) -> None:
    row = collection(town)

    def tab(_number: int) -> int:
        try:
            return write(row, said(), address="10.0.0.7").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        keys = set(pool.map(tab, range(2)))
    assert len(keys) == 1
    assert Opinion.objects.count() == 1
