"""A city that offers two classes, clients with keys, and a neighbour that takes requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from django.test import Client

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.gateway.models import ApiClient
from apps.georeport.models import OpenService
from apps.georeport.permissions import REPORT_SCOPE, UPDATE_SCOPE
from apps.georeport.services import ServiceSpec, save_service
from apps.matters.models import Case
from apps.matters.services import perform
from tests.cast import ROLES, Cast, _person
from tests.gateway.factories import client_with_key
from tests.quiet import QuietHandler

ROOT = "/open311/v2"
KEY, SECRET = "fmstest001", "one-secret-of-thirty-two-letters"
QUESTIONS = (
    {
        "name": "surface",
        "label": "路面类型",
        "type": "choice",
        "required": True,
        "choices": [["asphalt", "沥青"], ["brick", "砖"]],
    },
    {"name": "depth_cm", "label": "下沉深度", "type": "integer", "min": 0, "max": 200},
    {
        "name": "signs",
        "label": "现场情况",
        "type": "multichoice",
        "choices": [["noise", "有响声"], ["lost", "井盖缺失"]],
    },
    {"name": "seen_on", "label": "发现日期", "type": "date"},
    {"name": "origin", "label": "来源平台", "type": "text"},
)


def lamp(cast: Cast, **changes: Any) -> OpenService:
    """Will offer broken street lamps: nothing asked, answered with a number, place shown."""
    values: dict[str, Any] = {
        "code": "LAMP",
        "class_code": "road.lamp",
        "name": "路灯不亮",
        "description": "道路照明故障",
        "group": "道路",
        "keywords": ["路灯", "照明"],
        "is_place_public": True,
    }
    return save_service(SYSTEM, tenant=cast.tenant, spec=ServiceSpec(**(values | changes)))


def manhole(cast: Cast, **changes: Any) -> OpenService:
    """Will offer manhole covers: asks five things, one of them set by the server; tokens."""
    values: dict[str, Any] = {
        "code": "MANHOLE",
        "class_code": "road.manhole",
        "name": "井盖问题",
        "answer": "batch",
        "questions": QUESTIONS,
        "presets": {"origin": "GeoReport"},
    }
    return save_service(SYSTEM, tenant=cast.tenant, spec=ServiceSpec(**(values | changes)))


def open_client(cast: Cast, **changes: Any) -> ApiClient:
    """Will give a client that may report and update, acting as the acceptor."""
    values: dict[str, Any] = {
        "name": "随手拍平台",
        "tenant": cast.tenant,
        "service_user": cast.acceptor,
        "scopes": [REPORT_SCOPE, UPDATE_SCOPE],
        "rate": "100000/min",
        "key": f"{KEY}.{SECRET}",
    }
    return client_with_key(**(values | changes))


def keeper(cast: Cast) -> User:
    """Will give who keeps the interface, clients and connectors of the town."""
    ROLES.setdefault(
        "open_keeper",
        [
            "georeport.manage_services",
            "gateway.manage_connectors",
            "gateway.manage_clients",
            "matters.view_tenant_cases",
        ],
    )
    return _person("keeper", "管理明", "open_keeper", cast.center)


def accept(cast: Cast, case: Case) -> Case:
    """Will have the acceptor accept a case in the class it came with."""
    data = {"class_code": case.class_code, "priority": "normal"}
    return perform(cast.acceptor, case_id=case.pk, action="accept", data=data).case


def body(**changes: Any) -> dict[str, Any]:
    """Will give what a client posts about a lamp."""
    lon, lat = Cast.inside_east()
    values = {
        "api_key": f"{KEY}.{SECRET}",
        "service_code": "LAMP",
        "lat": lat,
        "long": lon,
        "address_string": "解放路与和平路路口",
        "description": "路灯连续三天不亮，联系我 13812345678。",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def post(name: str = "requests.json", **changes: Any) -> Any:
    return Client().post(f"{ROOT}/{name}", body(**changes))


def get(name: str, **query: Any) -> Any:
    return Client().get(f"{ROOT}/{name}", query)


class Neighbour:
    """Another GeoReport server: keeps what it was posted, tells updates, fails on request.

    statuses: what it answers next; then 200. token: answers with tokens.
    """

    def __init__(self) -> None:
        self.posted: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.statuses: list[int] = []
        self.updates: list[dict[str, str]] = []
        self.tokens = False
        self.said: bytes | None = None
        self.url = ""

    def numbers(self) -> list[str]:
        return [f"N-{place}" for place, _each in enumerate(self.posted, 1)]

    def document(self, path: str) -> bytes:
        if self.said is not None:
            return self.said
        if "/tokens/" in path:
            number = path.rpartition("/")[2].removesuffix(".xml").removeprefix("T-")
            return _xml("service_requests", "request", [{"service_request_id": f"N-{number}"}])
        if "servicerequestupdates" in path:
            return _xml("service_request_updates", "request_update", self.updates)
        return _xml("services", "service", [])

    def take(self, form: dict[str, str]) -> bytes:
        self.posted.append(form)
        name, start = ("token", "T") if self.tokens else ("service_request_id", "N")
        row = {name: f"{start}-{len(self.posted)}"}
        return self.said or _xml("service_requests", "request", [row])


def _xml(root: str, item: str, rows: list[dict[str, str]]) -> bytes:
    tree = ElementTree.Element(root)
    for row in rows:
        element = ElementTree.SubElement(tree, item)
        for name, value in row.items():
            ElementTree.SubElement(element, name).text = value
    return ElementTree.tostring(tree, encoding="utf-8")


@contextmanager
def neighbouring() -> Iterator[Neighbour]:
    """Will serve on a free port of this machine until the block ends."""
    neighbour = Neighbour()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            status = neighbour.statuses.pop(0) if neighbour.statuses else 200
            self.answer(status, neighbour.take(form) if status == 200 else b"<errors/>")

        def do_GET(self) -> None:
            neighbour.asked.append(self.path)
            status = neighbour.statuses.pop(0) if neighbour.statuses else 200
            self.answer(status, neighbour.document(urlsplit(self.path).path))

        def answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    neighbour.url = f"http://127.0.0.1:{server.server_port}/open311/v2"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield neighbour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
