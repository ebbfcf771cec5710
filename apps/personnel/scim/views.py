"""The SCIM 2.0 addresses under ``/scim/v2``. Source: RFC 7644; AC-13.

A caller is an API client with the scope ``people.provision`` and sees only the body it belongs
to. Every request is written to the log, refused ones too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Post, User
from apps.audit.middleware import client_address
from apps.audit.services import SYSTEM, record
from apps.common import ratelimit
from apps.common.errors import DomainError, NotFound, TooMany
from apps.gateway.authentication import ApiKeyAuthentication
from apps.gateway.models import ApiClient
from apps.gateway.parsers import JsonParser
from apps.gateway.permissions import HasScope
from apps.personnel.scim import resources
from apps.personnel.scim.door import SCOPE
from apps.personnel.scim.errors import ScimError
from apps.personnel.scim.filters import parse_filter, plain
from apps.personnel.scim.patches import as_boolean, patched, read_person
from apps.personnel.services import directory

MOST = 200
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER_FILTERS = {
    "id": "pk",
    "username": "username__iexact",
    "externalid": "employee_number",
    "employeenumber": "employee_number",
    "displayname": "full_name",
    "name.formatted": "full_name",
    "active": "is_active",
    "emails.value": "email__iexact",
    "emails": "email__iexact",
    "phonenumbers.value": "phone",
}
GROUP_FILTERS = {"id": "pk", "displayname": "displayName", "members.value": "member"}


class ScimRenderer(JSONRenderer):
    media_type = "application/scim+json"
    charset = "utf-8"


class ScimParser(JsonParser):
    media_type = "application/scim+json"


class BearerKeyAuthentication(ApiKeyAuthentication):
    """An API key as a bearer token, as directories send it; ``Api-Key`` is understood too."""

    schemes = ("bearer", *ApiKeyAuthentication.schemes)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="scim"'


class OnlyClients(HasScope(SCOPE)):  # type: ignore[misc]  # a class made for the scope
    """People with a session have the pages; this door is for programs."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiClient) and super().has_permission(request, view)


class ScimView(APIView):
    """What all addresses share: who calls, errors as the standard has them, the log."""

    authentication_classes = (BearerKeyAuthentication,)
    permission_classes = (OnlyClients,)
    renderer_classes = (ScimRenderer, JSONRenderer)
    parser_classes = (ScimParser, JsonParser)
    schema = None

    @property
    def client(self) -> ApiClient:
        """The program that calls."""
        client = self.request.auth
        assert isinstance(client, ApiClient)
        return client

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case ScimError():
                status, detail, kind = exc.status, exc.detail, exc.kind
            case DomainError():
                status, detail = exc.status, str(exc)
                kind = {"uniqueness": "uniqueness", "invalid": "invalidValue"}.get(exc.code, "")
            case APIException():
                status, detail, kind = exc.status_code, str(exc.detail), ""
                if status == 400:
                    kind = "invalidSyntax"
            case _:
                return super().handle_exception(exc)
        body = {"schemas": [_ERROR], "status": str(status), "detail": detail}
        response = Response(body | ({"scimType": kind} if kind else {}), status=status)
        if status == 401:
            response["WWW-Authenticate"] = 'Bearer realm="scim"'
        response.exception = True
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        done: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        client = getattr(request, "auth", None)
        if not isinstance(client, ApiClient) and not _may_note(request):
            return done
        record(
            directory.directory_actor(client) if isinstance(client, ApiClient) else SYSTEM,
            "scim.asked" if done.status_code < 400 else "scim.refused",
            object_type="personnel.scim",
            object_id=str(kwargs.get("key", ""))[:80],
            object_label=request.path[:200],
            data={"method": request.method, "status": done.status_code},
        )
        return done

    def page(self, rows: Any, resource: Any) -> Response:
        """Will give the page of the list asked for by startIndex and count."""
        start = max(_number(self.request, "startIndex", 1), 1)
        count = min(max(_number(self.request, "count", 100), 0), MOST)
        found = [resource(row) for row in rows[start - 1 : start - 1 + count]]
        return Response(resources.list_response(found, total=rows.count(), start=start))

    def answer(self, resource: dict[str, Any], status: int = 200) -> Response:
        """Will give one resource with its version; 304 where the caller has it."""
        version = resource["meta"]["version"]
        if self.request.method == "GET" and self.request.headers.get("If-None-Match") == version:
            return Response(status=304, headers={"ETag": version})
        headers = {"ETag": version}
        if status == 201:
            headers["Location"] = resource["meta"]["location"]
        return Response(resource, status=status, headers=headers)

    def require_version(self, resource: dict[str, Any]) -> None:
        """Raises: ScimError (412, somebody else changed it meanwhile)."""
        wanted = self.request.headers.get("If-Match", "*")
        if wanted not in ("*", resource["meta"]["version"]):
            raise ScimError(412, "the resource has changed; read it again")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else default


class AboutView(ScimView):
    def get(self, request: Request) -> Response:
        return Response(resources.service_provider_config(MOST))


class CatalogueView(ScimView):
    """What the server says of itself: all of it, or one entry by name."""

    rows: Callable[[], list[dict[str, Any]]]

    def get(self, request: Request, key: str = "") -> Response:
        rows = self.rows()
        if not key:
            return Response(resources.list_response(rows, total=len(rows), start=1))
        found = next((row for row in rows if row["id"] == key), None)
        if found is None:
            raise ScimError(404, "there is none of this name")
        return Response(found)


class ResourceTypesView(CatalogueView):
    rows = staticmethod(resources.resource_types)


class SchemasView(CatalogueView):
    rows = staticmethod(resources.schemas)


class UsersView(ScimView):
    def get(self, request: Request) -> Response:
        rows = directory.people_of(self.client.tenant).order_by("pk")
        asked = parse_filter(request.query_params.get("filter", ""), USER_FILTERS)
        if "is_active" in asked:
            asked["is_active"] = as_boolean(asked["is_active"])
        if "pk" in asked:
            asked["pk"] = _key(str(asked["pk"]))
        return self.page(rows.filter(**asked), resources.user_resource)

    def post(self, request: Request) -> Response:
        user = directory.put_in(self.client, new=read_person(request.data))
        return self.answer(resources.user_resource(user), 201)


class UserView(ScimView):
    def _person(self, key: str, *, lock: bool = False) -> User:
        people = directory.people_of(self.client.tenant)
        if lock:
            people = people.select_for_update(of=("self",))
        found = people.filter(pk=_key(key)).first()
        if found is None:
            raise NotFound("there is no such person")
        return found

    def get(self, request: Request, key: str) -> Response:
        return self.answer(resources.user_resource(self._person(key)))

    @transaction.atomic
    def put(self, request: Request, key: str) -> Response:
        person = self._person(key, lock=True)
        self.require_version(resources.user_resource(person))
        base = directory.as_directory_person(person)
        return self._change(person, read_person(request.data, base=base))

    @transaction.atomic
    def patch(self, request: Request, key: str) -> Response:
        person = self._person(key, lock=True)
        self.require_version(resources.user_resource(person))
        return self._change(person, patched(directory.as_directory_person(person), request.data))

    @transaction.atomic
    def delete(self, request: Request, key: str) -> Response:
        """Nobody is deleted: the person leaves."""
        person = self._person(key, lock=True)
        self.require_version(resources.user_resource(person))
        directory.switch_off(self.client, person=person)
        return Response(status=204)

    def _change(self, person: User, wanted: directory.DirectoryPerson) -> Response:
        changed = directory.change(self.client, person=person, wanted=wanted)
        return self.answer(resources.user_resource(changed))


class GroupsView(ScimView):
    def get(self, request: Request) -> Response:
        rows = directory.posts_of(self.client.tenant).order_by("pk")
        asked = parse_filter(request.query_params.get("filter", ""), GROUP_FILTERS)
        if "pk" in asked:
            rows = rows.filter(pk=_key(str(asked["pk"])))
        if "displayName" in asked:
            unit, _dot, name = str(asked["displayName"]).partition(" · ")
            rows = rows.filter(organization__name=unit, name=name)
        if "member" in asked:
            rows = rows.filter(appointments__user_id=_key(str(asked["member"]))).distinct()
        return self.page(rows, resources.group_resource)

    def post(self, request: Request) -> Response:
        raise ScimError(403, "posts are made by the city, not by the directory")


class GroupView(ScimView):
    def _post(self, key: str) -> Post:
        found = directory.posts_of(self.client.tenant).filter(pk=_key(key)).first()
        if found is None:
            raise NotFound("there is no such post")
        return found

    def get(self, request: Request, key: str) -> Response:
        return self.answer(resources.group_resource(self._post(key)))

    @transaction.atomic
    def put(self, request: Request, key: str) -> Response:
        post = self._post(key)
        self.require_version(resources.group_resource(post))
        wanted = set(_members(request.data.get("members", [])))
        held = {one.user_id for one in directory.members_of(post)}
        directory.set_members(
            self.client, post=post, add=sorted(wanted - held), remove=sorted(held - wanted)
        )
        return self.answer(resources.group_resource(post))

    @transaction.atomic
    def patch(self, request: Request, key: str) -> Response:
        post = self._post(key)
        self.require_version(resources.group_resource(post))
        operations = request.data.get("Operations") if isinstance(request.data, Mapping) else None
        if not isinstance(operations, list) or not operations:
            raise ScimError(400, "Operations is missing or empty", kind="invalidSyntax")
        for operation in operations:
            self._apply(post, operation)
        return self.answer(resources.group_resource(post))

    def delete(self, request: Request, key: str) -> Response:
        raise ScimError(403, "posts are closed by the city, not by the directory")

    def _apply(self, post: Post, operation: Any) -> None:
        verb = str(operation.get("op", "")).lower() if isinstance(operation, Mapping) else ""
        path, value = str(operation.get("path") or ""), operation.get("value")
        name, bracket, rest = path.partition("[")
        if not path and isinstance(value, Mapping):
            name, value = "members", value.get("members")
        if verb not in {"add", "remove", "replace"} or plain(name) != "members":
            raise ScimError(400, "only members can be changed", kind="invalidPath")
        held = {one.user_id for one in directory.members_of(post)}
        if bracket:
            value = [parse_filter(rest.rstrip("] "), {"value": "value"})]
        everybody = verb == "remove" and value is None
        wanted = sorted(held) if everybody else _members(value)
        if verb == "add":
            directory.set_members(self.client, post=post, add=wanted)
        elif verb == "remove":
            directory.set_members(self.client, post=post, remove=wanted)
        else:
            directory.set_members(
                self.client, post=post, add=wanted, remove=sorted(held - set(wanted))
            )


class SnapshotView(ScimView):
    """A full list of everybody: ``{"expected": 812, "Resources": [...]}``. Not of the standard."""

    def post(self, request: Request) -> Response:
        body = request.data
        rows = body.get("Resources") if isinstance(body, Mapping) else None
        expected = body.get("expected") if isinstance(body, Mapping) else None
        if not isinstance(rows, list):
            raise ScimError(400, "Resources is missing", kind="invalidSyntax")
        if expected is not None and (not isinstance(expected, int) or isinstance(expected, bool)):
            raise ScimError(400, "expected is not a number", kind="invalidValue")
        snapshot = directory.take_snapshot(
            self.client, people=[read_person(row) for row in rows], expected=expected
        )
        answer = {
            "state": snapshot.state,
            "why": snapshot.why_stopped,
            "counts": {name: len(found) for name, found in snapshot.differences.items()},
        }
        return Response(answer, status=202 if snapshot.why_stopped else 200)


def _may_note(request: Any) -> bool:
    """A flood of strangers is logged for its first knocks a minute, not for every one."""
    try:
        ratelimit.hit(
            "scim.stranger", client_address(request._request) or "", limit=10, per_seconds=60
        )
    except TooMany:
        return False
    return True


def _members(value: Any) -> list[int]:
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        key = row.get("value") if isinstance(row, Mapping) else row
        found.append(_key(str(key)))
    return found


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ScimError(404, "there is nobody of this id")
    return int(text)
