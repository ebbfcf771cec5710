"""What a phone sends, as plain values, and the person who sends it."""

import gzip
import hashlib
import io
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from PIL import Image

from apps.accounts.models import User
from apps.common import clock
from tests.cast import Cast

EAST = Cast.inside_east()


def place(lon: float = EAST[0], lat: float = EAST[1], **changes: Any) -> dict[str, Any]:
    """Will give a place as a phone measures it."""
    return {"lon": lon, "lat": lat, "accuracy_m": 12.0} | changes


def deed(kind: str = "note", **changes: Any) -> dict[str, Any]:
    """Will give a deed: a note for the leader, made now, where the worker stands."""
    values: dict[str, Any] = {
        "key": str(uuid4()),
        "kind": kind,
        "at": clock.now().isoformat(),
        "place": place(),
        "values": {"text": "三号楼后消防通道有人堆放纸箱"},
        "files": [],
    }
    return values | changes


def picture(shade: int = 90, size: int = 48) -> bytes:
    """Will give a small JPEG; another shade is another picture."""
    content = io.BytesIO()
    Image.new("RGB", (size, size), (shade, 120, 60)).save(content, "JPEG")
    return content.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Phone:
    """A worker's phone without its program: signs in and talks to the API."""

    def __init__(self, user: User, **headers: str) -> None:
        self.user = user
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(user)
        self.headers = headers

    def me(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/m/api/me/").json()
        return found

    def post(self, *deeds: Any, sent_at: datetime | None = None, **headers: str) -> Any:
        """Will send a batch and give the answer."""
        body = {"sent_at": (sent_at or clock.now()).isoformat(), "deeds": list(deeds)}
        return self.client.post(
            "/m/api/deeds/",
            json.dumps(body),
            content_type="application/json",
            headers={"X-CSRFToken": self.me().get("csrf", ""), **self.headers, **headers},
        )

    def send(self, *deeds: Any, **options: Any) -> list[dict[str, Any]]:
        """Will send a batch and give its receipts."""
        answer = self.post(*deeds, **options)
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["receipts"]
        return found

    def put(self, content: bytes, *, digest: str = "", offset: int = 0, total: int = 0) -> Any:
        """Will send one piece of a photograph."""
        return self.client.put(
            f"/m/api/files/{digest or sha256(content)}/",
            content,
            content_type="application/octet-stream",
            headers={
                "X-CSRFToken": self.me().get("csrf", ""),
                "Upload-Length": str(total or len(content)),
                "Upload-Offset": str(offset),
                **self.headers,
            },
        )

    def pack(self, have: str = "") -> dict[str, Any]:
        """Will fetch the day pack, without the sections named."""
        answer = self.client.get(
            "/m/api/pack/", {"have": have}, headers={"X-CSRFToken": self.me()["csrf"]}
        )
        assert answer.headers["Content-Encoding"] == "gzip"
        found: dict[str, Any] = json.loads(gzip.decompress(answer.content))
        return found

    def upload(self, content: bytes) -> str:
        """Will send a whole photograph and give its digest."""
        assert self.put(content).json()["held"]
        return sha256(content)


def leader(cast: Cast) -> User:
    """Will give somebody of the eastern district who reads what was kept."""
    from tests.cast import ROLES, _person

    ROLES.setdefault("phone_leader", ["phone.read_kept"])
    return _person("phone_leader", "马网格长", "phone_leader", cast.east_works)
