"""Changes of a person as directories send them, in all the forms they send them.

The same "switch this person off" arrives as a boolean, as the string "False", without a path,
with the schema in the path, as a list of one value, or with a filter in the path. What is not
understood is refused: a change that answers 200 and does nothing would leave a leaver inside.
Source: RFC 7644 section 3.5.2.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.personnel.scim.errors import ScimError
from apps.personnel.services.directory import DirectoryPerson

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATH = re.compile(r"(?P<name>[\w$\-]+)(?:\[(?P<filter>[^\]]*)\])?(?:\.(?P<sub>[\w$\-]+))?\Z")
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
#: Attributes of the standard that people have elsewhere; sent often, kept nowhere here.
NOT_KEPT = frozenset(
    {
        "addresses", "costcenter", "department", "division", "entitlements", "groups", "ims",
        "locale", "manager", "meta", "nickname", "organization", "photos", "preferredlanguage",
        "profileurl", "roles", "schemas", "timezone", "title", "usertype", "x509certificates",
    }
)  # fmt: skip


def patched(person: DirectoryPerson, body: Any) -> DirectoryPerson:
    """Will give the person as the operations of a PATCH make them.

    Raises: ScimError (400: what is not understood; nothing has been changed then).
    """
    operations = _key(body, "operations") if isinstance(body, Mapping) else None
    if not isinstance(operations, Sequence) or isinstance(operations, str) or not operations:
        raise ScimError(400, "Operations is missing or empty", kind="invalidSyntax")
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise ScimError(400, "an operation is not an object", kind="invalidSyntax")
        person = _apply(person, operation)
    return person


def read_person(body: Any, *, base: DirectoryPerson | None = None) -> DirectoryPerson:
    """Will read a whole person from a POST or PUT; what is left out is empty.

    base: who it was, for the attributes that cannot be taken away by leaving them out.
    Raises: ScimError (400).
    """
    if not isinstance(body, Mapping):
        raise ScimError(400, "the body is not an object", kind="invalidSyntax")
    start = DirectoryPerson(username=base.username if base else "", full_name="")
    if base is not None:
        start = replace(start, is_active=base.is_active)
    person = _set_all(start, body, strict=False)
    if not person.username:
        raise ScimError(400, "userName is required", kind="invalidValue")
    if not person.full_name:
        raise ScimError(400, "name or displayName is required", kind="invalidValue")
    return person


def as_boolean(value: Any) -> bool:
    """Will read a boolean in whatever wrapping it comes. Raises: ScimError (400)."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        value = _key(value, "value")
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ScimError(400, f"not a boolean: {value!r}", kind="invalidValue")


def _apply(person: DirectoryPerson, operation: Mapping[str, Any]) -> DirectoryPerson:
    verb = str(_key(operation, "op") or "").lower()
    path = _key(operation, "path")
    if verb not in {"add", "replace", "remove"}:
        raise ScimError(400, f"unknown op {verb!r}", kind="invalidSyntax")
    if verb == "remove":
        if not path:
            raise ScimError(400, "remove needs a path", kind="noTarget")
        return _remove(person, str(path))
    value = _key(operation, "value")
    if path:
        return _set_path(person, str(path), value)
    if not isinstance(value, Mapping):
        raise ScimError(400, "without a path the value is an object", kind="invalidSyntax")
    return _set_all(person, value, strict=True)


def _set_all(
    person: DirectoryPerson, values: Mapping[str, Any], *, strict: bool
) -> DirectoryPerson:
    for name, value in values.items():
        if str(name).lower() in {CORE.lower(), ENTERPRISE.lower()} and isinstance(value, Mapping):
            person = _set_all(person, value, strict=strict)
            continue
        try:
            person = _set_path(person, str(name), value)
        except ScimError as error:
            if strict or error.kind != "invalidPath":
                raise
    return person


def _set_path(person: DirectoryPerson, path: str, value: Any) -> DirectoryPerson:
    name, sub = _split(path)
    match name:
        case "active":
            return replace(person, is_active=as_boolean(value))
        case "username":
            return replace(person, username=_text(value))
        case "externalid" | "employeenumber":
            return replace(person, employee_number=_text(value))
        case "displayname":
            return replace(person, full_name=_text(value))
        case "name":
            return replace(person, full_name=_full_name(person, sub, value))
        case "emails":
            return replace(person, email=_first(value))
        case "phonenumbers":
            return replace(person, phone=_first(value).removeprefix("tel:"))
        case _ if name in NOT_KEPT:
            return person
    raise ScimError(400, f"unknown attribute {path!r}", kind="invalidPath")


def _remove(person: DirectoryPerson, path: str) -> DirectoryPerson:
    name, _sub = _split(path)
    match name:
        case "emails":
            return replace(person, email="")
        case "phonenumbers":
            return replace(person, phone="")
        case "externalid" | "employeenumber":
            return replace(person, employee_number="")
        case "active" | "username" | "name" | "displayname":
            raise ScimError(400, f"{path} cannot be removed", kind="mutability")
        case _ if name in NOT_KEPT:
            return person
    raise ScimError(400, f"unknown attribute {path!r}", kind="invalidPath")


def _split(path: str) -> tuple[str, str]:
    short = path.strip()
    for schema in (ENTERPRISE, CORE):
        if short.lower().startswith(f"{schema.lower()}:"):
            short = short[len(schema) + 1 :]
    match = _PATH.match(short)
    if match is None:
        raise ScimError(400, f"cannot read the path {path!r}", kind="invalidPath")
    return match["name"].lower(), (match["sub"] or "").lower()


def _full_name(person: DirectoryPerson, sub: str, value: Any) -> str:
    """A Chinese name is written family name first, without a space."""
    if isinstance(value, Mapping):
        if formatted := _text(_key(value, "formatted") or ""):
            return formatted
        whole = _text(_key(value, "familyName") or "") + _text(_key(value, "givenName") or "")
        return whole or person.full_name
    if sub in {"", "formatted"}:
        return _text(value)
    raise ScimError(400, "send name.formatted: one full name is kept", kind="invalidPath")


def _first(value: Any) -> str:
    """The primary one of several values, else the first."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        entries = [one for one in value if isinstance(one, Mapping)]
        if not entries:
            return _text(value[0]) if value else ""
        primary = [one for one in entries if _key(one, "primary") is True]
        return _text(_key((primary or entries)[0], "value") or "")
    if isinstance(value, Mapping):
        return _text(_key(value, "value") or "")
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ScimError(400, f"not a text: {value!r}", kind="invalidValue")
    text = str(value).strip()
    if len(text) > 200 or "\0" in text:
        raise ScimError(400, "a text is too long or not clean", kind="invalidValue")
    return text


def _key(values: Mapping[str, Any], name: str) -> Any:
    """Names of attributes do not depend on case."""
    lowered = name.lower()
    return next((value for key, value in values.items() if str(key).lower() == lowered), None)
