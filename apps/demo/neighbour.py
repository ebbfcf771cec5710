"""A neighbouring city's GeoReport server, played by the demo: takes requests, tells updates.

What it takes lies among the receipts of the simulated systems. Updates are reckoned from when a
request came: looked at after a minute, done after ten.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from xml.etree import ElementTree

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.demo.models import Receipt

TOPIC = "georeport.request"
#: Minutes after the request, status, words.
STEPS = ((1, "INVESTIGATING", "已派员到现场查看。"), (10, "FIXED", "已处理完毕，请核实。"))
_KEPT = ("service_code", "description", "lat", "long", "address_string", "account_id")
LISTED = 200


def key() -> str:
    """Will give the api_key of the simulated server, another one in every city."""
    return salted_hmac("citybrain.demo.neighbour", "api_key").hexdigest()


def is_known(given: str) -> bool:
    """Will tell whether a caller has the key."""
    return constant_time_compare(given, key())


def take(form: Mapping[str, str], *, now: datetime) -> bytes | None:
    """Will keep a request and answer its number; the same ``account_id`` again the same one.

    None: no description or no class.
    """
    said = {name: form[name][:4000] for name in _KEPT if form.get(name)}
    if "description" not in said or "service_code" not in said:
        return None
    receipt, _made = Receipt.objects.get_or_create(
        message_id=f"georeport:{said.get('account_id', '')}"[:80],
        defaults={
            "topic": TOPIC,
            "body": json.dumps(said, ensure_ascii=False),
            "received_at": now,
        },
    )
    return _document("service_requests", "request", [{"service_request_id": _number(receipt)}])


def updates(*, now: datetime) -> bytes:
    """Will tell what happened to the newest requests until now."""
    rows = [
        {
            "update_id": f"{receipt.pk}-{minutes}",
            "service_request_id": _number(receipt),
            "status": status,
            "updated_datetime": (receipt.received_at + timedelta(minutes=minutes)).isoformat(),
            "description": words,
        }
        for receipt in Receipt.objects.filter(topic=TOPIC)[:LISTED]
        for minutes, status, words in STEPS
        if receipt.received_at + timedelta(minutes=minutes) <= now
    ]
    return _document("service_request_updates", "request_update", rows)


def refusal() -> bytes:
    """Will give what a caller is refused with."""
    rows = [{"code": "403", "description": "unknown api_key, or nothing was said"}]
    return _document("errors", "error", rows)


def services() -> bytes:
    """Will list nothing: what may be sent is agreed between the two cities."""
    return _document("services", "service", [])


def _number(receipt: Receipt) -> str:
    return f"LS-{receipt.pk:06d}"


def _document(root: str, item: str, rows: list[dict[str, str]]) -> bytes:
    tree = ElementTree.Element(root)
    for row in rows:
        element = ElementTree.SubElement(tree, item)
        for name, value in row.items():
            ElementTree.SubElement(element, name).text = value
    return ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
