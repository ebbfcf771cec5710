"""Tags from a sheet, as a supplier sends them: entered, and bound where it says to what.

Source: IO-14.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import appointments_in_force
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.audit import services as audit
from apps.common.errors import DomainError, InvalidInput
from apps.common.imports import (
    ImportColumn,
    ImportRow,
    Parsed,
    Report,
    RowError,
    text,
    text_as_written,
)
from apps.common.phrases import series
from apps.tagging.enums import TagStandard
from apps.tagging.permissions import require_keep
from apps.tagging.selectors import own_units
from apps.tagging.services.intake import alone_with_the_register
from apps.tagging.services.tags import (
    TagSpec,
    clean_tag,
    numbers_taken,
    register_tags,
    require_new,
)


def standard_of(cell: Any) -> str:
    """Will convert the name or the code of a standard; raises ValueError with a message."""
    said = str(cell).strip().casefold()
    for value, label in TagStandard.choices:
        if said in {value, str(label).casefold()}:
            return value
    raise ValueError(_("应为%(names)s之一") % {"names": series(TagStandard.labels)})


COLUMNS = (
    ImportColumn("epc", "EPC", text_as_written(200), required=True),
    ImportColumn("tid", "TID", text_as_written(48)),
    ImportColumn("standard", "标准", standard_of),
    ImportColumn("unit", "权属单位代码", text(50)),
    ImportColumn("thing", "部件编码", text_as_written(16)),
    ImportColumn("note", "说明", text(200)),
)
_HEADERS = {column.name: column.header for column in COLUMNS}


@transaction.atomic
def import_tags(actor: User, *, parsed: Parsed, partial: bool) -> Report:
    """Will enter the tags of a sheet; partial: those that can be, else all or none.

    A tag that is registered already is an error of its row, so the same sheet twice changes
    nothing. Each is audited like one entered by hand, the sheet besides.
    Waits for the intakes that run, and keeps others waiting until commit.
    Raises: NotAllowed; InvalidInput (field "file": no tags in it).
    """
    require_keep(actor)
    if not parsed.rows and not parsed.errors:
        raise InvalidInput(_("文件中没有标签"), field="file")
    read = _Reading(actor, parsed)
    specs = [(row.number, spec) for row in parsed.rows if (spec := read.spec(row))]
    alone_with_the_register()
    taken = numbers_taken(spec for _number, spec in specs)
    new = []
    for number, spec in specs:
        try:
            require_new(spec, taken)
            new.append(spec)
        except DomainError as error:
            read.refuse(number, error)
    errors = sorted(read.errors, key=lambda error: error.number)
    if errors and not partial:
        return Report(saved=0, errors=errors)
    register_tags(actor, specs=new)
    counts = {"count": len(new), "bound": sum(spec.thing is not None for spec in new)}
    audit.record(actor, "tags.imported", data=counts | {"errors": len(errors)})
    return Report(saved=len(new), errors=errors)


class _Reading:
    """Rows made into tags with what the actor may name; what is wrong is gathered by row."""

    def __init__(self, actor: User, parsed: Parsed) -> None:
        self.errors = list(parsed.errors)
        self._units = {unit.code: unit for unit in own_units(actor)}
        self._home = _home(actor, self._units)
        codes = {row.values["thing"] for row in parsed.rows} - {None}
        things = list_assets(actor).filter(code__in=codes)
        self._things: dict[str, Asset] = {asset.code: asset for asset in things}
        self._rows: dict[tuple[str, str], int] = {}

    def spec(self, row: ImportRow) -> TagSpec | None:
        """The tag of a row, clean; None where it is wrong."""
        given = row.values
        try:
            spec = clean_tag(
                TagSpec(
                    epc=given["epc"],
                    tid=given["tid"] or "",
                    standard=given["standard"] or TagStandard.ISO,
                    unit=self._unit(given["unit"]),
                    note=given["note"] or "",
                    thing=self._thing(given["thing"]),
                )
            )
            self._once(spec, row.number)
        except DomainError as error:
            self.refuse(row.number, error)
            return None
        return spec

    def refuse(self, number: int, error: DomainError) -> None:
        """Keeps what is wrong with a row under the title of its column."""
        self.errors.append(RowError(number, _HEADERS.get(error.field or "", ""), str(error)))

    def _unit(self, code: str | None) -> Organization:
        unit = self._units.get(code) if code else self._home
        if unit is None:
            told = _("没有代码为“%(code)s”的单位，或不在您的管辖范围内") % {"code": code}
            raise InvalidInput(told if code else _("必填"), field="unit")
        return unit

    def _thing(self, code: str | None) -> Asset | None:
        if code and code not in self._things:
            told = _("台账中没有编码为“%(code)s”的部件") % {"code": code}
            raise InvalidInput(told, field="thing")
        return self._things[code] if code else None

    def _once(self, spec: TagSpec, number: int) -> None:
        for key in spec.numbers.items():
            if (first := self._rows.setdefault(key, number)) != number:
                raise InvalidInput(_("与第 %(n)d 行重复") % {"n": first}, field=key[0])


def _home(actor: User, units: Mapping[str, Organization]) -> Organization | None:
    """Where the actor works and keeps tags, the main post first."""
    held = (units.get(one.post.organization.code) for one in appointments_in_force(actor))
    return next((unit for unit in held if unit is not None), None)
