"""Several requests in one. Source: OGC 18-088 clause 11, OData JSON format 4.01 clause 19."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.gateway.permissions import HasScope
from apps.sensorthings.desk import Answer, Desk
from apps.sensorthings.questions import nothing_there
from apps.sensorthings.resources import READ
from apps.sensorthings.views.base import DeskView

MOST_REQUESTS = 200


class Batch(DeskView):
    """Carries requests out in order; those of an ``atomicityGroup`` all or none.

    ``$<id>`` at the beginning of an address, or as an ``@iot.id``, is what a request before made.
    """

    def post(self, request: Request) -> HttpResponse:
        told = request.data.get("requests") if isinstance(request.data, dict) else None
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            raise InvalidInput(_("requests 须为列表"), field="requests")
        if len(told) > MOST_REQUESTS:
            raise InvalidInput(
                _("一次不得超过 %(most)d 个请求") % {"most": MOST_REQUESTS}, field="requests"
            )
        can_read = _can_read(request, self)
        run = _Run(self.desk, can_read=can_read)
        answers = [
            answer
            for group, members in groupby(told, key=lambda each: each.get("atomicityGroup"))
            for answer in run.group(list(members), is_whole=group is not None)
        ]
        return self.answer(Answer(document={"responses": answers}))


def _can_read(request: Request, view: Any) -> bool:
    try:
        return HasScope(READ)().has_permission(request, view)
    except NotAllowed:
        return False


class _Run:
    """One batch being carried out. made: address of what a request made, by its id."""

    def __init__(self, desk: Desk, *, can_read: bool) -> None:
        self._desk = desk
        self._can_read = can_read
        self._made: dict[str, str] = {}

    def group(self, members: list[dict[str, Any]], *, is_whole: bool) -> Iterator[dict[str, Any]]:
        if not is_whole:
            yield from (self._answer(each) for each in members)
            return
        found: list[dict[str, Any]] = []
        with transaction.atomic():
            for each in members:
                found.append(self._answer(each))
                if found[-1]["status"] >= 400:
                    transaction.set_rollback(True)
                    break
        if len(found) == len(members) and found[-1]["status"] < 400:
            yield from found
            return
        failed = found[-1]
        for each in members:
            self._made.pop(str(each.get("id")), None)
            is_it = each is members[len(found) - 1]
            undone = {"id": each.get("id"), "status": 424, "body": failed["body"]}
            yield failed if is_it else undone

    def _answer(self, told: dict[str, Any]) -> dict[str, Any]:
        key = told.get("id")
        try:
            with transaction.atomic():
                answer = self._perform(told)
        except DomainError as error:
            problem = {"code": error.code, "detail": str(error), "field": error.field}
            return {"id": key, "status": error.status, "body": problem}
        found: dict[str, Any] = {"id": key, "status": answer.status}
        if link := answer.headers.get("Location"):
            found["location"] = link
            self._made[str(key)] = link.removeprefix(f"{self._desk.root}/")
        body = answer.text if answer.text is not None else answer.document
        return found | {"body": body}

    def _perform(self, told: dict[str, Any]) -> Answer:
        method, url = str(told.get("method", "")).lower(), told.get("url")
        if not isinstance(url, str):
            raise InvalidInput(_("缺少 %(name)s") % {"name": "url"}, field="url")
        path, _mark, query = self._resolved(url).partition("?")
        body = self._linked(told.get("body"))
        match method:
            case "get":
                if not self._can_read:
                    raise NotAllowed(_("接口客户端缺少授权范围：%(scope)s") % {"scope": READ})
                return self._desk.get(path, QueryDict(query))
            case "post" if path == "CreateObservations":
                return self._desk.create_observations(body)
            case "post":
                return self._desk.post(path, body)
            case "patch" | "put":
                return self._desk.patch(path, body, whole=method == "put")
            case "delete":
                return self._desk.delete(path)
        raise InvalidInput(_("method 应为 get、post、patch、put 或 delete"), field="method")

    def _resolved(self, url: str) -> str:
        """An address below the root; ``$1/Datastreams`` is below what request 1 made."""
        path = url.removeprefix(self._desk.root).lstrip("/").removeprefix("sta/v1.1/")
        path = path.removeprefix("v1.1/")
        if not path.startswith("$"):
            return path
        name, slash, rest = path[1:].partition("/")
        if name not in self._made:
            raise nothing_there()
        return f"{self._made[name]}{slash}{rest}"

    def _linked(self, body: Any) -> Any:
        """The same body with ``{"@iot.id": "$1"}`` made the key of what request 1 made."""
        if body is None or "$" not in json.dumps(body):
            return body
        match body:
            case dict():
                return {
                    name: self._key(value) if name == "@iot.id" else self._linked(value)
                    for name, value in body.items()
                }
            case list():
                return [self._linked(each) for each in body]
        return body

    def _key(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        made = self._made.get(value[1:])
        if made is None:
            raise nothing_there()
        return made.partition("(")[2].rstrip(")").strip("'")
