"""The interface keeps what its OpenAPI document says, whatever is asked. Source: GW-08."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.georeport.api.description import openapi
from tests.cast import Cast
from tests.georeport.factories import KEY, ROOT, SECRET, get, lamp, manhole, open_client

DOCUMENT = openapi("https://city.example/open311/v2")
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
#: What fits, what nearly fits, and what anybody may type.
VALUES = st.one_of(
    st.sampled_from(["LAMP", "MANHOLE", "open", "closed", "2026-11-20T10:05:00+08:00", "1", "-1"]),
    st.sampled_from(["", "NaN", "36.012", "120.012", "testville", "%00", "<x/>", "'--", "1,2,3"]),
    st.text(max_size=30),
    st.integers().map(str),
)


def sent(path: str, method: str, operation: dict[str, Any], draw: Any) -> Any:
    """Will make one call of an operation with drawn values."""
    declared = operation.get("parameters", [])
    for each in declared:
        if each["in"] == "path":
            word = draw(st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True))
            if each["schema"].get("format") == "uuid":
                word = str(draw(st.uuids()))
            path = path.replace(f"{{{each['name']}}}", quote(word))
    if method == "post":
        form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        names = draw(st.lists(st.sampled_from(sorted(form["properties"])), unique=True))
        values = {name: draw(VALUES) for name in names} | {"api_key": f"{KEY}.{SECRET}"}
        return Client(raise_request_exception=False).post(f"{ROOT}{path}", values)
    names = [each["name"] for each in declared if each["in"] == "query"]
    chosen = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    return get_safely(path, {name: draw(VALUES) for name in chosen})


def get_safely(path: str, query: dict[str, str]) -> Any:
    return Client(raise_request_exception=False).get(f"{ROOT}{path}", query)


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_an_operation_answers_as_declared(
    cast: Cast, live: str, path: str, method: str, operation: dict[str, Any]
) -> None:
    lamp(cast)
    manhole(cast)
    open_client(cast)

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        response = sent(path, method, operation, data.draw)
        declared = operation["responses"].get(str(response.status_code))
        assert declared is not None, (response.status_code, response.content[:300])
        assert response["Content-Type"].startswith("application/json")
        schema = declared["content"]["application/json"]["schema"]
        wrong = [e.message for e in Draft202012Validator(schema).iter_errors(response.json())]
        assert wrong == []

    hold()
    assert operation["operationId"]


def test_the_document_is_served_and_names_this_city(cast: Cast) -> None:
    told = json.loads(get("openapi.json").content)
    assert told["servers"][0]["url"].endswith(ROOT)
    assert set(told["paths"]) == set(DOCUMENT["paths"])
