"""What each of the three complaint families asks besides the demand itself (HL-03).

Definitions of ``common.forms_data`` in fixtures/hotline/families.json, the same at the desk, on
the citizens' pages and over REST. A page shows those of the chosen family only. Whoever reports
an economic offence is kept from the handling unit always: see ``always_secret``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.common import forms_data
from apps.common.errors import InvalidInput
from apps.hotline.enums import ComplaintFamily

SOURCE = "fixtures/hotline/families.json"


@cache
def definition(family: str) -> Mapping[str, Any]:
    """Will give what a family asks; nothing for 一般诉求."""
    found = json.loads((settings.BASE_DIR / SOURCE).read_text(encoding="utf-8"))
    asked: Mapping[str, Any] = found.get(family, {"fields": []})
    return asked


def always_secret(family: str) -> bool:
    """Will tell whether a family is kept from the handling unit whoever asks (HL-03)."""
    return family == ComplaintFamily.ECONOMIC


def checked(family: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Will give the content of a demand as it is kept; an agent may have been told nothing.

    Raises: InvalidInput (field "family": content without a family; a field of the family).
    """
    if not content:
        return {}
    if not definition(family)["fields"]:
        raise InvalidInput(_("只有三类投诉举报才有专项内容"), field="family")
    return forms_data.clean(definition(family), content)


@dataclass(frozen=True)
class FamilyForms:
    """The forms of a page. chosen: whose is asked."""

    chosen: str
    forms: dict[str, forms_data.DataForm]

    @property
    def asked(self) -> forms_data.DataForm | None:
        """The form of the chosen family."""
        return self.forms.get(self.chosen)

    def is_valid(self) -> bool:
        """Will tell whether what is asked was answered; the others are not looked at."""
        return self.asked is None or self.asked.is_valid()

    def values(self) -> dict[str, Any]:
        """Will give what a valid form holds, as ``Intake.family_content`` takes it."""
        return self.asked.plain_data() if self.asked is not None else {}

    def shown(self) -> list[forms_data.ShownValue]:
        """Will give what was typed, to be looked over before it is sent; its writer sees all."""
        return forms_data.show(definition(self.chosen), self.values(), unmasked=True)


def family_forms(
    data: QueryDict | None = None, *, kept: Mapping[str, Any] | None = None
) -> FamilyForms:
    """Will give the forms of a page. kept: what a draft holds, under the names of the page."""
    held: Mapping[str, Any] = data if data is not None else kept or {}
    chosen = str(held.get("family", ""))
    made = {}
    for family in filter(None, ComplaintFamily.values):
        prefix = f"family-{family}"
        initial = {
            name.removeprefix(f"{prefix}-"): value
            for name, value in (kept or {}).items()
            if name.startswith(f"{prefix}-")
        }
        form = forms_data.build_form(definition(family))
        made[family] = form(data if family == chosen else None, prefix=prefix, initial=initial)
    return FamilyForms(chosen, made)
