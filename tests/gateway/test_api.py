"""The house rules of the API, seen through views of its own."""

import threading
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import Refused, Stale
from apps.common.models import Dictionary
from apps.gateway.idempotency import IdempotentMixin
from apps.gateway.permissions import HasScope
from apps.gateway.registry import Resource, temporarily
from tests.gateway.factories import UserFactory, issue

handler404 = "apps.common.views.not_found"
PROBLEM = "application/problem+json"


class ReportSerializer(serializers.Serializer):
    code = serializers.SlugField()
    people = serializers.ListField(child=serializers.IntegerField(), required=False)


class ReportView(IdempotentMixin, APIView):
    permission_classes = [IsAuthenticated, HasScope("cases.report")]

    def post(self, request: Request) -> Response:
        serializer = ReportSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)

        def do() -> dict:
            time.sleep(0.1)
            code = serializer.validated_data["code"]
            if code == "refused":
                raise Refused("已办结的工单不能再派")
            if code == "stale":
                raise Stale("已被他人处理", data={"state": "done"})
            return {"id": Dictionary.objects.create(code=code, name="x").pk}

        return self.answer_once(request, do, status=201)


class DictionarySerializer(serializers.ModelSerializer):
    class Meta:
        model = Dictionary
        fields = ["id", "code"]


class ListView(ListAPIView):
    queryset = Dictionary.objects.all()
    serializer_class = DictionarySerializer
    filter_backends: list = []


urlpatterns = [
    path("api/v1/report/", ReportView.as_view()),
    path("api/v1/list/", ListView.as_view()),
    path("api/v1/forgotten/", ListView.as_view()),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def registered():
    with temporarily(Resource("test", "x", "x", ("/api/v1/report/", "/api/v1/list/"))):
        yield


@pytest.fixture
def key():
    return issue()[1]


def post(key: str | None, body: object = None, **headers: str):
    if key:
        headers["authorization"] = f"Api-Key {key}"
    return Client(raise_request_exception=False).post(
        "/api/v1/report/", body or {"code": "a"}, content_type="application/json", headers=headers
    )


def test_report_with_a_key(key):
    assert post(key).status_code == 201


def test_without_a_key_the_caller_learns_how():
    answer = post(None)
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)
    assert answer["WWW-Authenticate"] == 'Api-Key realm="api"'
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("wrong", ["nonsense", "a.b", ".", "prefix.secret"])
def test_wrong_key_is_401(wrong):
    answer = post(wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_missing_scope_is_named():
    answer = post(issue(scopes=["cases.read"])[1])
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert answer.json()["data"]["scope"] == "cases.report"
    assert answer.json()["data"]["key"] in answer.json()["detail"]


def test_what_nobody_registered_is_denied(key):
    headers = {"authorization": f"Api-Key {key}"}
    answer = Client().get("/api/v1/forgotten/", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "resource_unregistered")


def test_everything_scope():
    assert post(issue(scopes=["*"])[1]).status_code == 201


def test_person_with_a_session_needs_no_scope(client):
    client.force_login(UserFactory())
    answer = client.post("/api/v1/report/", {"code": "a"}, content_type="application/json")
    assert answer.status_code == 201


def test_session_still_needs_its_csrf_token():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory())
    answer = strict.post("/api/v1/report/", {"code": "a"}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM)


def test_invalid_fields_are_listed(key):
    answer = post(key, {"code": "ä!", "people": [1, "x"]})
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["type"], problem["title"]) == ("/api/problems/invalid/", "输入有误")
    assert {error["field"] for error in problem["errors"]} == {"code", "people.1"}


def test_malformed_json_is_told(key):
    answer = Client().post(
        "/api/v1/report/",
        "{nonsense",
        content_type="application/json",
        headers={"authorization": f"Api-Key {key}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_lists_in_lists_without_end_are_told_like_any_malformed_json(key):
    answer = Client(raise_request_exception=False).post(
        "/api/v1/report/",
        b'{"code": "a", "people": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        content_type="application/json",
        headers={"authorization": f"Api-Key {key}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    ("method", "address", "content_type", "status", "code"),
    [
        ("post", "/api/v1/report/", "text/xml", 415, "unsupported_media_type"),
        ("delete", "/api/v1/report/", "application/json", 405, "method_not_allowed"),
        ("get", "/api/v1/nowhere/", "application/json", 404, "not_found"),
    ],
)
def test_other_refusals(key, method, address, content_type, status, code):
    answer = Client().generic(
        method.upper(),
        address,
        "<x/>",
        content_type=content_type,
        headers={"authorization": f"Api-Key {key}"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("code", "title"), [("refused", "当前状态"), ("stale", "已被他人先行")])
def test_refusals_of_the_rules_keep_their_title(key, code, title):
    answer = post(key, {"code": code})
    assert answer.status_code == 409
    assert answer.json()["title"].startswith(title)


@pytest.mark.usefixtures("time_held")
def test_too_many_calls_say_when_to_come_back():
    _client, key = issue(rate="2/hour")
    assert [post(key, {"code": c}).status_code for c in "abc"] == [201, 201, 429]
    answer = post(key, {"code": "d"})
    assert answer.json()["code"] == "throttled"
    assert 0 < int(answer["Retry-After"]) <= 3601


def test_list_has_the_envelope(key):
    Dictionary.objects.bulk_create(Dictionary(code=str(n), name="x") for n in range(3))
    headers = {"authorization": f"Api-Key {key}"}
    page = Client().get("/api/v1/list/?page_size=2", headers=headers).json()
    assert set(page) == {"results", "next", "previous"}
    rest = Client().get(page["next"], headers=headers).json()
    assert [len(page["results"]), len(rest["results"])] == [2, 1]


def test_repeat_gets_the_first_answer(key):
    first = post(key, **{"idempotency-key": "call-0001"})
    again = post(key, **{"idempotency-key": "call-0001"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


def test_key_of_another_request_is_refused(key):
    post(key, **{"idempotency-key": "call-0001"})
    answer = post(key, {"code": "b"}, **{"idempotency-key": "call-0001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("odd", ["short", "x" * 201, "with\ttab-in-it"])
def test_odd_keys_are_refused(key, odd):
    assert post(key, **{"idempotency-key": odd}).status_code == 400


def test_refusal_is_not_remembered(key):
    post(key, {"code": "refused"}, **{"idempotency-key": "call-0001"})
    assert post(key, {"code": "refused"}, **{"idempotency-key": "call-0001"}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_two_at_once_report_once(key):
    answers, start = [], threading.Barrier(2)

    def send() -> None:
        start.wait()
        answers.append(post(key, **{"idempotency-key": "call-0001"}))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Dictionary.objects.count() == 1


@pytest.mark.filterwarnings("ignore")
def test_schema_says_how_to_sign_in_and_what_refusals_look_like():
    schema = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)
    assert schema["components"]["securitySchemes"]["ApiKey"]["name"] == "Authorization"
    answers = schema["paths"]["/api/v1/list/"]["get"]["responses"]
    assert PROBLEM in answers["default"]["content"]
