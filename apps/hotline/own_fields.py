"""The fields a city added to its hotline matter, for the desk and the public pages (MT-03)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict

from apps.common import forms_data
from apps.common.errors import NotFound
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.selectors import get_open_matter

PREFIX = "form"


def own_form(data: QueryDict | None = None, *, kept: Mapping[str, Any] | None = None) -> Any:
    """Will give the form of the city's own fields; without any it asks nothing.

    kept: what a draft holds, under the names of the page.
    """
    initial = {
        name.removeprefix(f"{PREFIX}-"): value
        for name, value in (kept or {}).items()
        if name.startswith(f"{PREFIX}-")
    }
    return forms_data.build_form(_definition())(data, prefix=PREFIX, initial=initial)


def posted(request: HttpRequest) -> QueryDict:
    """Will give what was posted, with files of own fields kept. Raises: InvalidInput."""
    return forms_data.take_uploads(_definition(), request.POST, request.FILES, prefix=PREFIX)


def values_of(form: forms_data.DataForm) -> dict[str, Any]:
    """Will give what a valid own form holds, as ``Intake.form_data`` takes it."""
    return forms_data.with_file_keys(_definition(), form.plain_data())


def shown(form: forms_data.DataForm) -> list[forms_data.ShownValue]:
    """Will give what was typed, to be looked over before it is sent; its writer sees all."""
    return forms_data.show(_definition(), form.plain_data(), unmasked=True)


def _definition() -> Mapping[str, Any]:
    try:
        version = get_open_matter(MATTER_TYPE).current_version
    except NotFound:
        return {}
    found: Mapping[str, Any] = version.body.get("form", {}) if version else {}
    return found
