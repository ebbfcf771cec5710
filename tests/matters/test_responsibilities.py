"""The list of responsibilities: which line decides, who keeps it, gaps, files, routing."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.common.memory import forget_all
from apps.matters import services
from apps.matters.models import Responsibility
from apps.matters.responsibility import responsible_for
from apps.matters.routing import facts_of, read_proposal
from apps.matters.selectors import count_disputes, list_responsibilities, matrix_of
from apps.rules.models import Decision
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
HEAD = "分类代码,区域代码,单位代码,法定依据\n"


@pytest.fixture
def keeper(cast: Cast) -> User:
    role = cast.author.appointments.get().post.roles.get()
    role.permissions.add(Permission.objects.get(codename="edit_responsibilities"))
    return User.objects.get(pk=cast.author.pk)


def add(keeper: User, cast: Cast, *, replaces: bool = True, **changes: Any) -> Responsibility:
    values = {"area": cast.east, "unit": cast.east_works, "class_code": "road.manhole"} | changes
    line = services.NewLine(**values)
    made = services.add_responsibility(keeper, tenant=cast.tenant, line=line, replaces=replaces)
    forget_all()
    return made


def test_the_most_specific_line_decides(cast: Cast, keeper: User) -> None:
    case = make.registered(cast, class_code="road.manhole")
    assert responsible_for(case).status == "none"
    add(keeper, cast, area=cast.city, unit=cast.center, class_code="")
    assert responsible_for(case).unit == cast.center
    add(keeper, cast, area=cast.city, unit=cast.west_works, class_code="road")
    assert responsible_for(case).unit == cast.west_works
    add(keeper, cast)
    assert responsible_for(case).unit == cast.east_works


def test_two_units_on_one_level_are_a_dispute(cast: Cast, keeper: User) -> None:
    case = make.registered(cast, class_code="road.manhole")
    add(keeper, cast)
    add(keeper, cast, unit=cast.center, replaces=False)
    found = responsible_for(case)
    assert (found.status, found.unit) == ("several", None)
    assert "不止一个" in found.sentence()


def test_a_replacing_line_ends_the_former_and_both_stay_in_the_books(
    cast: Cast, keeper: User
) -> None:
    first = add(keeper, cast, valid_from=date(2026, 1, 1))
    second = add(keeper, cast, unit=cast.center)
    first.refresh_from_db()
    assert first.valid_to == second.valid_from
    assert (first.version, second.version) == (1, 2)
    case = make.registered(cast, class_code="road.manhole")
    assert responsible_for(case, on=date(2026, 2, 1)).unit == cast.east_works
    assert responsible_for(case).unit == cast.center
    assert AuditEntry.objects.filter(action="responsibility.added").count() == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"class_code": "no.such"}, InvalidInput),
        ({}, Refused),
    ],
)
def test_what_cannot_be_listed_is_refused(
    cast: Cast, keeper: User, changes: dict[str, Any], error: type[Exception]
) -> None:
    add(keeper, cast)
    with pytest.raises(error):
        add(keeper, cast, **changes)


def test_only_keepers_write_and_outsiders_do_not_read(cast: Cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        add(cast.dispatcher, cast)
    client.force_login(cast.handler)
    assert client.get(reverse("matters:responsibility-list")).status_code == 403
    client.force_login(cast.dispatcher)
    assert client.get(reverse("matters:responsibility-list")).status_code == 200


def test_the_rules_may_ask_for_the_unit_and_the_list_speaks_when_no_row_fits(
    cast: Cast, keeper: User
) -> None:
    add(keeper, cast, legal_basis="市容条例第八条")
    case = make.accepted(cast)
    assert facts_of(case)["responsible_unit"] == cast.east_works.code
    silent = Decision.objects.get(pk=case.proposal_id)
    silent.pk, silent.outputs = None, []
    silent.save(force_insert=True)
    case.proposal = silent
    proposal = read_proposal(case)
    assert proposal is not None
    assert proposal.unit == cast.east_works
    assert "市容条例第八条" in proposal.explanation


def test_the_matrix_names_gaps_and_disputes(cast: Cast, keeper: User, client: Client) -> None:
    add(keeper, cast)
    add(keeper, cast, unit=cast.center, replaces=False)
    districts, rows = matrix_of(keeper)
    assert [d.name for d in districts] == ["东区", "西区"]
    row = next(r for r in rows if r.code == "road.manhole")
    assert [cell.status for cell in row.cells] == ["several", "none"]
    client.force_login(keeper)
    page = client.get(reverse("matters:responsibility-matrix"))
    assert page.context["several"] == 1
    features = client.get(reverse("matters:responsibility-map")).json()["features"]
    assert [f["properties"]["several"] for f in features] == [1, 0]


def test_returns_are_counted_against_the_line(cast: Cast, keeper: User) -> None:
    line = add(keeper, cast)
    case = make.handling(cast)
    asked = {"reason": "不属我局职责", "reason_code": "not_ours", "suggested_unit": ""}
    make.act(cast.handler, case, "request_return", asked)
    assert count_disputes(keeper, [line]) == {line.pk: 1}


def upload(client: Client, text: str) -> Any:
    file = SimpleUploadedFile("list.csv", text.encode())
    return client.post(reverse("matters:responsibility-import"), {"file": file, "replaces": "on"})


def test_a_file_goes_in_and_comes_out(cast: Cast, keeper: User, client: Client) -> None:
    client.force_login(keeper)
    row = f"road.manhole,{cast.east.code},{cast.east_works.code},条例\n"
    assert upload(client, HEAD + row).status_code == 302
    assert upload(client, HEAD + row).status_code == 302
    assert Responsibility.objects.count() == 1
    book = client.get(reverse("matters:responsibility-export"))
    sheet = load_workbook(BytesIO(b"".join(book.streaming_content))).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][0] == "分类代码"
    assert cells[1][5] == cast.east_works.code


def test_a_bad_row_is_named_and_nothing_is_saved(cast: Cast, keeper: User, client: Client) -> None:
    client.force_login(keeper)
    good = f"road.manhole,{cast.east.code},{cast.east_works.code},条例\n"
    page = upload(client, HEAD + good + f"road.manhole,{cast.east.code},nobody,条例\n")
    assert "第3行" in page.content.decode()
    assert not Responsibility.objects.exists()


def test_a_line_is_added_and_ended_on_the_page(cast: Cast, keeper: User, client: Client) -> None:
    client.force_login(keeper)
    posted = {"class_code": "road.manhole", "area": cast.east.pk, "unit": cast.east_works.pk}
    assert client.post(reverse("matters:responsibility-list"), posted).status_code == 302
    line = Responsibility.objects.get()
    client.post(reverse("matters:responsibility-end", args=[line.pk]), {"reason": ""})
    line.refresh_from_db()
    assert line.valid_to is None
    client.post(reverse("matters:responsibility-end", args=[line.pk]), {"reason": "机构改革"})
    line.refresh_from_db()
    assert line.valid_to == clock.today()
    assert not list_responsibilities(keeper).exists()
    assert list_responsibilities(keeper, ended=True).get() == line
