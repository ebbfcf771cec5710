"""A town with people for the rates: author, approver, two who rule, one who applies."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.common import clock, files
from apps.hotline.models import RateFormula
from apps.hotline.rates import services
from apps.hotline.rates.formula import DEFAULT
from apps.matters.services import NewFile
from tests.cast import ROLES, Cast, _person, build_cast
from tests.hotline.citizen.conftest import picture
from tests.matters import factories as make
from tests.put_back import put_back_or_build

OCTOBER = date(2026, 10, 1)
IN_OCTOBER = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
ROLES.setdefault("rate_author", ["hotline.draft_rates", "hotline.view_statistics"])
ROLES.setdefault("rate_boss", ["hotline.approve_rates", "hotline.view_statistics"])
ROLES.setdefault("ruler", ["hotline.rule_exclusions", "hotline.view_statistics"])
ROLES.setdefault("filer", ["matters.handle_case", "hotline.file_exclusions"])


@pytest.fixture
def town(db: None) -> Cast:
    """The town has been there since September; its rules decide in October."""
    return put_back_or_build("rates", build_town)


def build_town() -> Cast:
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        cast = build_cast()
    for name, role, unit, full_name in (
        ("rate_author", "rate_author", cast.center, "冯编制"),
        ("rate_boss", "rate_boss", cast.center, "曹局长"),
        ("ruler", "ruler", cast.center, "沈审核"),
        ("second_ruler", "ruler", cast.center, "韩裁定"),
        ("filer", "filer", cast.east_works, "杨申请"),
        ("filer_west", "filer", cast.west_works, "朱西区"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    return cast


def published(town: Cast, *, effective: date = OCTOBER, **changes: Any) -> RateFormula:
    """Will give a version in force from a month on."""
    body = DEFAULT.as_body() | changes
    draft = services.draft_formula(
        town.rate_author,
        tenant=town.tenant,
        name="三率考核办法",
        basis="测试市〔2026〕1 号",
        body=body,
        effective_from=effective,
    )
    services.submit_formula(town.rate_author, formula_id=draft.pk)
    return services.approve_formula(town.rate_boss, formula_id=draft.pk)


def evidence() -> list[NewFile]:
    """Will give one photograph."""
    upload = SimpleUploadedFile("现场.jpg", picture().read(), content_type="image/jpeg")
    return [NewFile(files.store(upload), "现场.jpg")]


def closed_in_october(town: Cast, **changes: Any) -> Any:
    """Will give a case opened and closed in October."""
    with clock.at(IN_OCTOBER):
        case = make.answered(town)
        return make.act(town.callback, case, "call_back", make.CALL_BACK | changes)
