import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from apps.common.errors import InvalidInput, NotFound, TooMany

handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.forbidden"
handler404 = "apps.common.views.not_found"
handler500 = "apps.common.views.server_error"

FAULTS = {
    "missing": Http404(),
    "forbidden": PermissionDenied(),
    "too-big": RequestDataTooBig("x"),
    "broken": RuntimeError("secret detail"),
    "refused": InvalidInput("深度不能为负数", field="depth_cm"),
    "hidden": NotFound("没有这个工单"),
    "busy": TooMany("请稍后再试", data={"retry_after": 9}),
}


def fail(request: HttpRequest, fault: str) -> HttpResponse:
    raise FAULTS[fault]


urlpatterns = [
    path("", include("apps.common.urls")),
    path("fail/<slug:fault>/", fail),
    path("api/fail/<slug:fault>/", fail),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("missing", 404, "没有找到"),
        ("forbidden", 403, "没有权限查看此页"),
        ("too-big", 413, "超过上限"),
        ("broken", 500, "系统出错了"),
        ("refused", 400, "深度不能为负数"),
        ("hidden", 404, "没有这个工单"),
        ("busy", 429, "请稍后再试"),
    ],
)
def test_faults_are_told_on_a_page(browser, fault, status, words):
    answer = browser.get(f"/fail/{fault}/")
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("missing", 404, "not_found"), ("broken", 500, "server_error"), ("too-big", 413, "too_large")],
)
def test_faults_below_api_are_problem_documents(browser, fault, status, code):
    answer = browser.get(f"/api/fail/{fault}/")
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)


def test_refusal_says_when_to_come_back(browser):
    assert browser.get("/fail/busy/")["Retry-After"] == "9"


def test_refusal_leads_back_to_our_page_only(browser):
    ours = browser.post("/fail/refused/", headers={"referer": "http://testserver/cases/7/"})
    assert 'href="http://testserver/cases/7/"' in ours.content.decode()
    other = browser.post("/fail/refused/", headers={"referer": "https://evil.example/"})
    assert "evil.example" not in other.content.decode()


def test_part_of_a_page_gets_the_message_alone(browser):
    answer = browser.get("/fail/refused/", headers={"hx-request": "true"}).content.decode()
    assert "深度不能为负数" in answer
    assert "<html" not in answer


def test_expired_form_is_told():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/fail/refused/")
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_safe_headers(browser):
    answer = browser.get("/healthz")
    assert "camera=(self)" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_process_is_up_without_the_database(browser, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert browser.get("/healthz").json() == {"status": "ok"}


def test_ready_with_everything(browser):
    assert browser.get("/readyz").json()["status"] == "ok"


def test_ready_but_degraded_without_redis(browser, settings):
    dead = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock?db=1"}
    with override_settings(CACHES={"default": dead}):
        answer = browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "redis": "failed", "outbox": "ok"}


def test_zone_answers_only_its_paths(browser, settings):
    settings.ZONE_PATHS = ["/citizen/"]
    assert "没有找到" in browser.get("/fail/refused/").content.decode()
    assert browser.get("/healthz").status_code == 200
