"""The pages of the grid: drawn by one, checked by another, faults on the map and as a file."""

from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.places.models import Area, CellCheck, Redrawing
from tests.places.factories import make_keeper, square


@pytest.fixture
def drawer(city: dict[str, Area]) -> Client:
    client = Client()
    client.force_login(make_keeper(city["990101"], "drawer", "draw_cells"))
    return client


def test_a_cell_is_split_on_the_page_and_agreed_to_by_another(
    drawer: Client, city: dict[str, Area]
) -> None:
    url = f"/places/{city['990101001'].pk}/redraw/split/"
    given: dict[str, Any] = {
        "cell": city["990101001001"].pk,
        "line": "123.01,34.99\n123.01",
        "on": clock.today().isoformat(),
        "reason": "户数过多",
    }
    assert drawer.get(url).status_code == 200
    assert "每行写一个点" in drawer.post(url, given).content.decode()
    refused = drawer.post(url, given | {"line": "123.05,34.9\n123.05,35.1"})
    assert (refused.status_code, "没有把网格分开" in refused.content.decode()) == (422, True)
    done = drawer.post(url, given | {"line": "123.01,34.99\n123.01,35.02"})
    draft = Redrawing.objects.get()
    assert done.headers["Location"] == f"/places/cells/redrawings/{draft.pk}/"
    page = drawer.get(done.headers["Location"]).content.decode()
    assert "须由另一位网格管理员复核" in page
    assert drawer.post(f"{done.headers['Location']}agree/").status_code == 403
    other = Client()
    other.force_login(make_keeper(city["990101"], "checker", "draw_cells"))
    other.post(f"{done.headers['Location']}agree/")
    draft.refresh_from_db()
    assert draft.state == "applied"
    shapes = other.get(f"{done.headers['Location']}shapes.json").json()
    assert [f["properties"]["kind"] for f in shapes["features"]] == ["old", "new", "new"]


@pytest.mark.parametrize("way", ["merge", "boundary", "new"])
def test_every_way_has_its_form(drawer: Client, city: dict[str, Area], way: str) -> None:
    assert drawer.get(f"/places/{city['990101001'].pk}/redraw/{way}/").status_code == 200
    assert drawer.get(f"/places/{city['990102001'].pk}/redraw/{way}/").status_code == 403


def test_faults_are_listed_shown_and_exported(drawer: Client, city: dict[str, Area]) -> None:
    cell = city["990101001001"]
    cell.boundary = square(123.0, 35.0, 0.01, 0.018)
    cell.save(update_fields=["boundary"])
    done = drawer.post("/places/cells/check/", {"area": city["990101"].pk})
    run = CellCheck.objects.get()
    gap = run.faults.get(kind="gap")
    page = drawer.get(done.headers["Location"]).content.decode()
    assert "平方米没有划入任何下级区域" in page
    shown = drawer.get(f"/places/cells/checks/{run.pk}/faults.json", {"fault": gap.pk}).json()
    assert [f["id"] for f in shown["features"]] == [gap.pk]
    assert drawer.get(f"/places/cells/checks/{run.pk}/?fault={gap.pk}").status_code == 200
    sheet = drawer.get(f"/places/cells/checks/{run.pk}/export/")
    assert b"".join(sheet.streaming_content).startswith(b"PK")
    assert drawer.post("/places/cells/check/", {"area": "x"}).status_code == 404


def test_departments_take_the_cells_as_a_file(drawer: Client, city: dict[str, Area]) -> None:
    table = drawer.get(f"/places/{city['990101'].pk}/cells/export.csv").content.decode()
    assert (table.count("EPSG:4326"), "990101001001" in table) == (4, True)
    shapes = drawer.get(f"/places/{city['990101'].pk}/cells/export.geojson").json()
    assert len(shapes["features"]) == 4
    assert drawer.get(f"/places/{city['990101'].pk}/cells/export.dwg").status_code == 404
