import pytest

from apps.notices import services
from apps.notices.models import Notice
from tests.notices.factories import UserFactory, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return UserFactory()


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def test_list_shows_own_notices_only(page, clerk):
    tell(clerk, title="新工单 A")
    tell(UserFactory(), title="别人的")
    text = page.get("/notices/").content.decode()
    assert "新工单 A" in text
    assert "别人的" not in text


def test_filters(page, clerk):
    tell(clerk, title="任务", key="1")
    tell(clerk, title="将超时", key="2", kind="clock")
    services.mark_read(clerk, notice_id=Notice.objects.get(key="1").pk)
    for query in ("unread=1", "kind=clock"):
        titles = [n.title for n in page.get(f"/notices/?{query}").context["notices"]]
        assert titles == ["将超时"]


def test_empty_list_explains(page):
    assert "还没有通知" in page.get("/notices/").content.decode()


def test_long_list_is_paged(page, clerk, django_assert_max_num_queries):
    for number in range(31):
        tell(clerk, key=str(number))
    with django_assert_max_num_queries(12):
        first = page.get("/notices/")
    rest = page.get(f"/notices/?before={first.context['next_before']}")
    assert (len(first.context["notices"]), len(rest.context["notices"])) == (30, 1)


def test_opening_reads_and_leads_on(page, clerk):
    tell(clerk)
    notice = Notice.objects.get()
    answer = page.get(f"/notices/{notice.pk}/open/")
    assert answer["Location"] == "/cases/1/"
    assert Notice.objects.get().read_at


def test_others_notice_is_not_found(page):
    tell(UserFactory())
    assert page.get(f"/notices/{Notice.objects.get().pk}/open/").status_code == 404


def test_reading_one_and_all(page, clerk):
    for key in "abc":
        tell(clerk, key=key)
    page.post(f"/notices/{Notice.objects.first().pk}/read/")
    assert page.get("/notices/unread/").json()["unread"] == 2
    page.post("/notices/read-all/")
    assert page.get("/notices/unread/").json() == {"unread": 0, "newest": []}


def test_reading_needs_post(page, clerk):
    assert page.get("/notices/read-all/").status_code == 405


def test_bell_shows_the_newest(page, clerk):
    tell(clerk, title="<b>新工单</b>")
    text = page.get("/notices/bell/").content.decode()
    assert "&lt;b&gt;新工单" in text


@pytest.mark.parametrize("address", ["/notices/", "/notices/bell/", "/notices/simulator/"])
def test_strangers_are_sent_to_sign_in(client, address):
    assert client.get(address).status_code == 302


def test_stranger_gets_no_number(client):
    assert client.get("/notices/unread/").status_code == 401


def test_simulator_page_only_in_a_demo(page, settings):
    services.send_sms(to="13812345678", text="您反映的问题已办结", key="k")
    services.deliver_due()
    assert "您反映的问题已办结" in page.get("/notices/simulator/").content.decode()
    settings.DEMO = False
    assert page.get("/notices/simulator/").status_code == 404
