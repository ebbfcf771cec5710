"""The filters of SCIM that directories send: ``attribute eq "value"`` joined by ``and``.

Anything else is refused with ``invalidFilter``, never answered with everybody.
Source: RFC 7644 section 3.4.2.2.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from apps.personnel.scim.errors import ScimError

_CLAUSE = re.compile(
    r"\s*(?P<name>[A-Za-z][\w:.\-]*)\s+(?P<op>[A-Za-z]{2})\s+"
    r'(?P<value>"(?:[^"\\]|\\.)*"|true|false|-?\d+)\s*',
    re.IGNORECASE,
)
_AND = re.compile(r"and\s", re.IGNORECASE)
LONGEST = 500


def parse_filter(text: str, known: Mapping[str, str]) -> dict[str, Any]:
    """Will give the values asked for, by our own names.

    known: SCIM attribute in lower case to our name. Raises: ScimError (400 invalidFilter).
    """
    if len(text) > LONGEST:
        raise ScimError(400, "the filter is too long", kind="invalidFilter")
    found: dict[str, Any] = {}
    place = 0
    while place < len(text):
        match = _CLAUSE.match(text, place)
        if match is None:
            raise ScimError(400, "only 'attribute eq value' joined by 'and'", kind="invalidFilter")
        name = plain(match["name"])
        if match["op"].lower() != "eq" or name not in known or known[name] in found:
            raise ScimError(400, f"cannot filter by {match[0].strip()!r}", kind="invalidFilter")
        found[known[name]] = json.loads(
            match["value"] if match["value"].startswith('"') else match["value"].lower()
        )
        place = match.end()
        if place < len(text):
            joint = _AND.match(text, place)
            if joint is None:
                raise ScimError(400, "clauses are joined by 'and'", kind="invalidFilter")
            place = joint.end()
            if place >= len(text):
                raise ScimError(400, "a clause is missing after 'and'", kind="invalidFilter")
    return found


def plain(name: str) -> str:
    """Will give an attribute's name without its schema, in lower case."""
    lowered = name.lower()
    if lowered.startswith("urn:"):
        lowered = lowered.rpartition(":")[2]
    return lowered
