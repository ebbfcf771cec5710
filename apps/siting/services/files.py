"""Points of a plan from a spreadsheet, all rows or none."""

from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.assets.services.files import degrees
from apps.audit.services import Actor
from apps.common.errors import DomainError, InvalidInput
from apps.common.imports import ImportColumn, Parsed, Report, RowError, read_rows, text
from apps.places.geometry import point
from apps.siting.models import Plan
from apps.siting.services._shared import note, open_plan
from apps.siting.services.points import MOST_POINTS, PointSpec, add_points, require_sense


def yuan(cell: Any) -> Decimal:
    """Will convert a cell to an amount with two places; raises ValueError with a message."""
    try:
        found = Decimal(str(cell).strip()).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ValueError(str(_("应为金额（元）"))) from error
    if not 0 <= found < 10**10:
        raise ValueError(str(_("应为金额（元）")))
    return found


COLUMNS = (
    ImportColumn("label", "点位名称", text(60), required=True),
    ImportColumn("lon", "经度", degrees, required=True),
    ImportColumn("lat", "纬度", degrees, required=True),
    ImportColumn("price", "预算（元）", yuan),
    ImportColumn("note", "备注", text(200)),
)
_HEADERS = {"label": "点位名称", "price": "预算（元）", "point": "经度"}


def read_file(file: IO[bytes]) -> Parsed:
    """Will read a spreadsheet with ``COLUMNS``. Raises: InvalidInput (field "file")."""
    return read_rows(file, COLUMNS)


@transaction.atomic
def import_points(actor: Actor, *, plan_id: int, parsed: Parsed, is_trial: bool) -> Report:
    """Will add the points of a file, all or none; is_trial: only say what would happen.

    What is wrong with a row is told with its number and column. Locks the plan; audited.
    Raises: NotFound; NotAllowed; Refused (not open); InvalidInput (field "file": too many).
    """
    plan = open_plan(actor, plan_id)
    if plan.points.count() + len(parsed.rows) > MOST_POINTS:
        told = _("一份规划至多 %(most)d 个点位")
        raise InvalidInput(told % {"most": MOST_POINTS}, field="file")
    errors, specs = list(parsed.errors), []
    for row in parsed.rows:
        try:
            specs.append(_spec(row.values, plan))
        except DomainError as error:
            column = _HEADERS.get(error.field or "", error.field or "")
            errors.append(RowError(row.number, column, str(error)))
    if errors or is_trial:
        saved = 0 if errors else len(specs)
        return Report(saved=saved, errors=sorted(errors, key=lambda error: error.number))
    add_points(actor, plan_id=plan_id, specs=specs)
    note(actor, "siting_points.imported", plan, count=len(specs))
    return Report(saved=len(specs), errors=[])


def _spec(values: dict[str, Any], plan: Plan) -> PointSpec:
    if not -90 <= values["lat"] <= 90:
        raise InvalidInput(_("经纬度无效"), field="纬度")
    here = point(values["lon"], values["lat"])
    spec = PointSpec(values["label"], here, values.get("note") or "", values.get("price"))
    require_sense(spec, plan)
    return spec
