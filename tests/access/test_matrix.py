"""Every address asked by every kind of person, for the own district's things and the neighbour's.

The answers are held against ``matrix.txt``, a line per address and side with a letter per persona:

    y  served, sent on, or told what is wrong with the input
    n  refused: not allowed, not there for this person, sign in first

A change of who may see what shows as a changed line and is meant or is a hole.
``CITYBRAIN_WRITE_MATRIX=1`` writes the file anew. Nothing a request does outlives it.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from apps.accounts.backends import AppointmentBackend
from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from tests.access.town import (
    ABSENT,
    ADMINISTRATORS,
    KEEPERS,
    OF_THE_EAST,
    PERSONAS,
    AccessTown,
    build,
    values,
)
from tests.cast import ROLES, Cast

FILE = Path(__file__).with_name("matrix.txt")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
#: Django's own administration and the address of a style guide for developers.
LEFT_OUT = ("console/", "styleguide")
#: Pages and calls for everybody, whoever they are.
PUBLIC = (
    "citizen:", "guides:", "inspection:public", "ogc:", "opinions-public:", "seals-public:",
)  # fmt: skip
PUBLIC_NAMES = {
    "account_inactive", "account_login", "accounts:recovery-ask", "api-check-results", "api-draw",
    "api-draw-proof", "api-draw-verify", "api-draws", "api-guide-detail", "api-guide-list",
    "api-hotline-figures", "api-hotline-results",
    "api-seals-verify", "api-seals-verify-code", "api-sensing-claims", "api-warning-list",
    "cas:login", "cas:logout", "cas:validate-2", "cas:validate-3",
    "common:healthz", "common:readyz", "evidence:public-verify", "gateway:problem-detail",
    "gateway:problem-list",
    "idp:oidc:authorization", "idp:oidc:configuration", "idp:oidc:device_code",
    "idp:oidc:introspect", "idp:oidc:jwks", "idp:oidc:revoke", "idp:oidc:token",
    "map-tiles:style", "map-tiles:tile", "open311:description", "open311:help", "open311:root",
    # The phone's program; what anybody sees comes by its API.
    "phone:file", "phone:look", "phone:manifest", "phone:map", "phone:me",
    "phone:note", "phone:outbox", "phone:patrol", "phone:repair", "phone:report",
    "phone:service-worker",
    "phone:survey", "phone:today", "phone:visit",
    "places-geocode", "places-locate", "places-reverse", "places:base-map",
    "portal:favicon", "portal:home",
    "set_language", "sharing:freshness", "sharing:service-index",
    "warnings:list",
}  # fmt: skip
#: Of cases, but not of one case.
LISTS = {"matters:case-new", "api-case-list", "api-case-results", "ogc:items"}


@pytest.fixture
def town(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> AccessTown:
    settings.DEMO = False
    monkeypatch.setattr("apps.seals.views.public.TRIES_PER_MINUTE", 10**6)  # all ask from one place
    for name, permissions in (ADMINISTRATORS | KEEPERS).items():
        monkeypatch.setitem(ROLES, name, permissions)
    return build(cast)


def patterns() -> Iterator[tuple[str, str]]:
    """Will give the name and the raw route of every address."""

    def walk(resolver: Any, route: str, space: str) -> Iterator[tuple[str, str]]:
        for each in resolver.url_patterns:
            path = route + str(each.pattern)
            if hasattr(each, "url_patterns"):
                inner = f"{each.namespace}:" if each.namespace else ""
                yield from walk(each, path, space + inner)
            elif each.name and not path.startswith(LEFT_OUT):
                yield space + each.name, path

    return walk(get_resolver(), "", "")


def fill(name: str, route: str, known: dict[str, Any]) -> str | None:
    """Will put values into a route; None where nobody knows one."""

    def value(parameter: str) -> Any:
        space = name.split(":")[0]
        for key in (f"{name}:{parameter}", f"{space}:{parameter}", parameter):
            if key in known:
                return known[key]
        return ABSENT

    plain = route.replace("^", "").replace("$", "").replace("\\Z", "")
    filled = PARAMETER.sub(lambda found: str(value(found[1])), plain)
    return None if "(" in filled else f"/{filled}"


@contextmanager
def signed_in(town: AccessTown, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Client]]:
    """Will give a client per persona, each with a session that needs no more writing.

    What is done is always undone, so rights cannot change between two requests: a person is read
    once with posts and rights, and each request gets a copy of that. The hour stands still: a
    session would else be written anew once a minute, which is once a request where it is undone.
    """
    clients = {name: Client() for name in PERSONAS}
    kept: dict[int, User] = {}
    with clock.at(clock.now()):
        for name, person in town.people.items():
            clients[name].force_login(person)
            clients[name].get(reverse("portal:home"))
            kept[person.pk] = User.objects.get(pk=person.pk)
            scope_of(kept[person.pk])
        monkeypatch.setattr(
            AppointmentBackend, "get_user", lambda _backend, pk: copy(kept[int(pk)])
        )
        yield clients


def answer(client: Client, method: str, path: str) -> str:
    """Will ask and undo; gives the letter."""
    cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
    api = path.startswith("/api/v1/")
    kind = "application/json" if api else "application/x-www-form-urlencoded"
    body = "{}" if api and method == "POST" else ""
    with transaction.atomic():
        response = client.generic(method, path, body, content_type=kind)
        transaction.set_rollback(True)
    client.cookies = cookies  # a page that ends the session has not ended it for the next
    assert response.status_code < 500, f"{method} {path}: {response.status_code}"
    if response.status_code == 405:
        return "."
    target = response.headers.get("Location", "")
    if response.status_code == 302 and target.startswith("/accounts/login/"):
        return "n"
    return "n" if response.status_code in {401, 403, 404} else "y"


def asked(town: AccessTown, clients: dict[str, Client]) -> Iterator[str]:
    """Will give the lines of the matrix."""
    sides = {"own": values(town, town.east), "next": values(town, town.west)}
    first, *others = clients.values()
    for name, route in sorted(patterns()):
        seen: set[str] = set()
        for side, known in sides.items():
            path = fill(name, route, known)
            if path is None or path in seen:
                continue
            seen.add(path)
            # A page is asked for, a deed without a page is tried with nothing in it.
            method, letters = "GET", answer(first, "GET", path)
            if letters == ".":
                method, letters = "POST", answer(first, "POST", path)
            letters += "".join(answer(client, method, path) for client in others)
            yield f"{letters} {method:4} {side:4} {name}"


@pytest.mark.django_db
def test_who_may_ask_for_what(
    town: AccessTown, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Each refusal is a record with its request and trace, kept to the end: 2 GB of them.
    caplog.set_level(logging.CRITICAL, "django.request")
    with signed_in(town, monkeypatch) as clients:
        lines = [" ".join(PERSONAS), *asked(town, clients)]
    if os.environ.get("CITYBRAIN_WRITE_MATRIX"):
        FILE.write_text("\n".join(lines) + "\n", "utf-8")
    assert lines == FILE.read_text("utf-8").splitlines()


def rows() -> Iterator[tuple[dict[str, str], str, str, str]]:
    for line in FILE.read_text("utf-8").splitlines()[1:]:
        letters, method, side, name = line.split()
        yield dict(zip(PERSONAS, letters, strict=True)), method, side, name


def test_nobody_comes_past_the_door() -> None:
    inside = {name for who, _method, _side, name in rows() if who["nobody"] == "y"}
    assert {name for name in inside if not name.startswith(PUBLIC)} == PUBLIC_NAMES


def test_the_neighbour_sees_no_case_of_the_other_district() -> None:
    of_cases = (
        "matters:case-",
        "matters:form-",
        "matters:attachment",
        "hotline:reveal",
        "api-case-",
        "ogc:item",
    )
    strangers = [
        f"{method} {side} {name}"
        for who, method, side, name in rows()
        if name.startswith(of_cases) and name not in LISTS
        if who["handler_west" if side == "own" else "handler"] == "y"
    ]
    assert strangers == []


def test_who_keeps_one_district_reaches_nothing_of_the_other() -> None:
    """What stands in the west is not there for who keeps things of the east."""
    of_districts = (
        "alarms:", "assets:", "diagnosis:", "monitoring:", "ops:order-", "registry:", "seals:seal-",
        "sensing:", "video:",
    )  # fmt: skip
    reached = [
        f"{method} {name} {keeper}"
        for who, method, side, name in rows()
        if side == "next" and name.startswith(of_districts)
        for keeper in sorted(OF_THE_EAST)
        if who[keeper] == "y"
    ]
    assert reached == []


def test_each_keeper_reaches_what_is_theirs() -> None:
    """Else the test above would say nothing."""
    own = {name: who for who, _method, side, name in rows() if side == "own"}
    assert own["sensing:device-detail"]["grid_keeper"] == "y"
    assert own["assets:asset-edit"]["grid_keeper"] == "y"
    assert own["alarms:alarm-deed"]["alarm_operator"] == "y"
    assert own["alarms:rule-edit"]["alarm_operator"] == "n"
    assert own["video:camera-edit"]["video_keeper"] == "y"
    assert own["video:play-open"]["video_operator"] == "y"
    assert own["monitoring:target-detail"]["monitor_watcher"] == "y"
    assert own["ops:order-confirm"]["ops_manager"] == "y"
    assert own["seals:seal-detail"]["seal_keeper"] == "y"
    assert own["alarms:rule-edit"]["alarm_keeper"] == "y"
    assert own["registry:file-detail"]["registry_keeper"] == "y"
