"""The interface keeps what its OpenAPI document says, whatever is asked. Source: GW-08.

Schemathesis makes the calls: what the document allows, what it forbids, and the edges between. The
document is the standard's swagger put right: the paths as the text has them, every refusal named.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from apps.georeport.api.description import openapi
from tests.cast import Cast
from tests.georeport.factories import KEY, ROOT, SECRET, get, lamp, manhole, open_client

DOCUMENT = openapi(f"http://testserver{ROOT}")
OPERATIONS = [
    (path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods
]
JUDGED_BY = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def application() -> Iterator[WSGIHandler]:
    """The whole application, without the closing of connections: it works in the test's own."""
    for each in (request_started, request_finished):
        each.disconnect(close_old_connections)
    yield WSGIHandler()
    for each in (request_started, request_finished):
        each.connect(close_old_connections)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_answers_as_declared(
    cast: Cast, live: str, application: WSGIHandler, path: str, method: str
) -> None:
    lamp(cast)
    manhole(cast)
    open_client(cast)
    described = schemathesis.openapi.from_dict(DOCUMENT)
    described.config.analysis.constants.enabled = False  # reads all our code for values to try
    described.app = application
    answered: list[int] = []

    @settings(
        max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=described[path][method].as_strategy())
    def hold(case: Any) -> None:
        if method == "POST" and isinstance(case.body, dict):
            case.body |= {"api_key": f"{KEY}.{SECRET}", "service_code": "LAMP"}
        answer = case.call(headers={"Host": "testserver"})
        answered.append(answer.status_code)
        case.validate_response(answer, checks=JUDGED_BY)

    hold()
    assert answered
    assert set(answered) <= {200, 400, 403, 404, 429}


def test_the_document_is_served_and_names_this_city(cast: Cast) -> None:
    told = json.loads(get("openapi.json").content)
    assert told["servers"][0]["url"].endswith(ROOT)
    assert set(told["paths"]) == set(DOCUMENT["paths"])
