"""The seals as the leaves of the tree that checkpoints sign."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from apps.audit.models import AuditSeal


def seal_leaves(
    up_to: int | None = None, *, after: int = 0
) -> Iterator[tuple[dict[str, Any], str]]:
    """Will give each seal behind number ``after`` and its text in the tree, in order.

    The text holds the seal's own columns and the Merkle root over its entries ("" where an
    old seal has none yet).
    """
    seals = AuditSeal.objects.order_by("number")
    if after:
        seals = seals.filter(number__gt=after)
    if up_to is not None:
        seals = seals.filter(number__lte=up_to)
    columns = [f.name for f in AuditSeal._meta.concrete_fields]
    for row in seals.values(*columns, "sealed_leaves__root").iterator(chunk_size=2000):
        row["root"] = row.pop("sealed_leaves__root") or ""
        row["sealed_at"] = row["sealed_at"].isoformat()
        yield row, canonical(row)


def canonical(data: dict[str, Any]) -> str:
    """Will write plain values in the one form that is hashed and signed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sm3(text: str) -> str:
    """Will give the SM3 digest of a text, hex; "" where this OpenSSL has no SM3 (GB/T 32905)."""
    try:
        return hashlib.new("sm3", text.encode()).hexdigest()
    except ValueError:
        return ""
