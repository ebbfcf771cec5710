"""Values an editor may write for every applicant: the fields of a matter that are no secret."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.common import forms_data

#: A person's own data, places and files are never the same for all.
_SAME_FOR_ALL = frozenset(
    {"text", "longtext", "integer", "decimal", "date", "choice", "multichoice", "boolean"}
)
_YES, _NO = "yes", "no"


def writable_fields(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Will give the fields of a matter's form whose value may be written beforehand."""
    return [
        field
        for field in body.get("form", {}).get("fields", [])
        if field["type"] in _SAME_FOR_ALL and not field.get("masked")
    ]


def typed_values(data: QueryDict, prefix: str) -> dict[str, Any]:
    """Will give what was typed under a prefix, to be shown again where the field still is."""
    start = f"{prefix}-"
    return {
        name.removeprefix(start): values if len(values) > 1 else values[0]
        for name, values in data.lists()
        if name.startswith(start) and values
    }


class KnownValues:
    """A form over the fields whose value may be known beforehand; what is left empty is not.

    data: as posted, or values: as kept.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        *,
        prefix: str,
        data: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self._fields = {field["name"]: field for field in writable_fields(body)}
        definition = {"fields": [self._asked(field) for field in self._fields.values()]}
        self.form = forms_data.build_form(definition)(
            data, prefix=prefix, initial=self._shown(values or {})
        )

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def values(self) -> dict[str, Any]:
        """Will give what was written, as a form keeps it."""
        return {
            name: value == _YES if self._fields[name]["type"] == "boolean" else value
            for name, value in self.form.plain_data().items()
            if value not in (None, "", [])
        }

    def _asked(self, field: Mapping[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in field.items() if k not in ("required", "show_if", "help")}
        if field.get("parent") and field["parent"] not in self._fields:
            del kept["parent"]
        if field["type"] == "boolean":
            kept |= {"type": "choice", "choices": [[_YES, _("是")], [_NO, _("否")]]}
        return kept

    def _shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: (_YES if value else _NO) if isinstance(value, bool) else value
            for name, value in values.items()
            if name in self._fields
        }
