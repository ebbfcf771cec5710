"""Files of readings: judged line by line, once, bounded, never followed where they lead."""

import os
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway.services import issue_client
from apps.polling.enums import FileSource, FileState
from apps.polling.models import FileProblem, ReadingFile
from apps.polling.services import files, take_file, watch_folder, work_through
from apps.sensing.enums import Quality
from apps.sensing.models import Latest, Reading
from tests.cast import Cast
from tests.sensing.factories import device, person

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CSV = (
    "node,at,field,value,unit\n"
    "AQ-1,2026-11-20T08:00:00+08:00,pm25,35,μg/m³\n"
    "AQ-1,2026-11-20 08:00:00,pm10,60,\n"
    "AQ-1,2026/11/20 09:00:00,pm25,,\n"
    "AQ-1,2026-11-20 09:00:00,pm10,0.06,mg/m³\n"
    "AQ-9,2026-11-20 09:00:00,pm10,5,\n"
    "AQ-1,yesterday,pm25,5,\n"
    "broken\n"
)
BY_LINE = [(5, "wrong_unit"), (6, "unknown_node"), (7, "shape"), (8, "shape")]


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "device_keeper", cast.east_works)


@pytest.fixture
def drop(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    settings.READING_DROP_DIR = str(folder)
    return folder


def take(content: str | bytes, sender: User | None = None) -> ReadingFile:
    data = content.encode() if isinstance(content, str) else content
    return take_file(sender, name="a.csv", source=FileSource.UPLOAD, chunks=[data])


def work(content: str | bytes, sender: User | None = None) -> ReadingFile:
    file = take(content, sender)
    with clock.at(NOON), TestCase.captureOnCommitCallbacks(execute=True):
        work_through()
    file.refresh_from_db()
    return file


def lay(folder: Path, name: str, content: str = CSV, *, age_s: int = 60) -> Path:
    path = folder / name
    path.write_text(content)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_line_is_judged_like_a_reading(cast: Cast, encoding: str) -> None:
    device("AQ-1")
    text = CSV if encoding != "gb18030" else CSV.replace("μg/m³", "").replace("mg/m³", "毫克")
    file = work(text.encode(encoding))
    assert (file.state, file.lines, file.stored, file.refused) == (FileState.DONE, 7, 3, 4)
    assert list(FileProblem.objects.values_list("line", "reason")) == BY_LINE
    early = Reading.objects.order_by("at", "series_id").first()
    assert early is not None
    assert early.at == datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert early.quality == Quality.LATE
    assert Latest.objects.get(series__field__code="pm25").quality == Quality.MISSING
    assert not files.path_of(file).exists()


def test_json_lines_say_the_same(cast: Cast) -> None:
    device("AQ-1")
    lines = (
        '{"node": "AQ-1", "at": "2026-11-20T08:00:00+08:00", "field": "pm25", "value": 35.5}\n'
        '\n[1]\n{"node": 5}\nnonsense\n'
        '{"node": "AQ-1", "at": 1795219200000, "field": "pm25", "value": 36}\n'
    )
    file = work(lines)
    assert (file.state, file.refused) == (FileState.DONE, 4)
    assert list(file.problems.values_list("line", "reason")) == [
        (3, "shape"), (4, "shape"), (5, "shape"), (6, "ahead"),
    ]  # fmt: skip


def test_codes_of_categories_may_look_like_numbers(cast: Cast) -> None:
    made = device("GATE-1", profile="door")
    field = made.profile.fields.filter(kind="category").first()
    assert field is not None
    field.choices = {"1": "开", "2": "关"}
    field.save()
    file = work(f"node,at,field,value\nGATE-1,2026-11-20T04:00:00Z,{field.code},2\n")
    assert (file.stored, list(file.problems.all())) == (1, [])


def test_the_same_file_twice_changes_nothing(cast: Cast, keeper: User) -> None:
    device("AQ-1")
    first = work(CSV, keeper)
    again = work(CSV, keeper)
    assert (again.pk, again.finished_at) == (first.pk, first.finished_at)
    other = work(CSV)
    assert (other.pk == first.pk, other.stored, other.duplicates) == (False, 0, 3)
    assert Reading.objects.count() == 3


def test_a_sender_reaches_only_devices_in_their_areas(cast: Cast) -> None:
    device("AQ-1")
    file = work(CSV, person("west", "device_keeper", cast.west_works))
    assert (file.stored, file.refused) == (0, 7)
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "压缩"),
        (b"\x1f\x8b\x08" + b"\0" * 100, "压缩"),
        (b"node,at\n1,2\n", "缺少列"),
        (b"node,at,field,value\n" + b"x" * 20_000, "字符"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "缺少列"),
        (b"node,at,field,value\n\0\0\n", "文本"),
    ],
)
def test_what_is_no_file_of_readings_says_so(cast: Cast, content: bytes, word: str) -> None:
    file = work(content)
    assert (file.state, word in file.error) == (FileState.FAILED, True)
    assert not files.path_of(file).exists()


def test_too_much_is_refused_while_it_comes(cast: Cast, settings: Any) -> None:
    settings.READING_FILE_MAX_BYTES = 1000
    endless = iter(lambda: b"x" * 400, b"")
    with pytest.raises(InvalidInput) as refused:
        take_file(None, name="a", source=FileSource.API, chunks=endless)
    assert (refused.value.field, refused.value.code) == ("file", "file_too_large")
    assert list(Path(settings.READING_FILES_DIR).iterdir()) == []
    with pytest.raises(InvalidInput):
        take(b"")


def test_a_worker_that_dies_leaves_the_file_to_the_next(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    device("AQ-1")
    file = take(CSV)
    with monkeypatch.context() as dying, clock.at(NOON):
        dying.setattr(files, "_finish", _die)
        with pytest.raises(SystemExit):
            work_through()
    with clock.at(NOON + timedelta(seconds=60)):
        assert work_through() == 0
    with clock.at(NOON + timedelta(minutes=5)):
        assert work_through() == 1
    file.refresh_from_db()
    assert (file.state, file.stored, file.duplicates) == (FileState.DONE, 0, 3)
    assert list(file.problems.values_list("line", "reason")) == BY_LINE


def _die(*_given: object) -> None:
    raise SystemExit


def test_quiet_files_of_the_folder_are_taken_and_moved(cast: Cast, drop: Path) -> None:
    device("AQ-1")
    lay(drop, "day.csv")
    lay(drop, "half.csv", CSV + "AQ-1,", age_s=5)
    assert watch_folder() == 1
    assert sorted(p.name for p in drop.iterdir()) == ["half.csv", "taken"]
    assert [p.name for p in (drop / "taken").iterdir()] == ["day.csv"]
    lay(drop, "day.csv", CSV + "\n")
    assert watch_folder() == 1
    assert len(list((drop / "taken").iterdir())) == 2
    with clock.at(NOON):
        assert work_through() == 2
    assert Reading.objects.count() == 3


def test_what_leads_elsewhere_is_left_alone(cast: Cast, drop: Path, tmp_path: Path) -> None:
    secret = lay(tmp_path, "secret.csv")
    (drop / "link.csv").symlink_to(secret)
    os.link(secret, drop / "hard.csv")
    os.mkfifo(drop / "pipe.csv")
    (drop / "folder.csv").mkdir()
    lay(drop, "..\\..\\evil.csv", "node,at,field,value\n")
    lay(drop, "program.exe")
    assert watch_folder() == 1
    assert ReadingFile.objects.get().name == ".._.._evil.csv"
    assert secret.exists()
    assert [p.name for p in (drop / "refused").iterdir()] == ["program.exe"]
    assert files.path_of(ReadingFile.objects.get()).parent == Path(tmp_path / "reading-files")


def test_a_page_takes_a_file_and_gives_the_error_sheet(cast: Cast, keeper: User) -> None:
    device("AQ-1")
    client = Client()
    client.force_login(keeper)
    upload = SimpleUploadedFile("../../etc/day.csv", CSV.encode())
    assert client.post("/devices/files/", {"file": upload}).status_code == 302
    file = ReadingFile.objects.get()
    assert file.name == "day.csv"
    with clock.at(NOON):
        work_through()
    assert "day.csv" in client.get("/devices/files/").content.decode()
    page = client.get(f"/devices/files/{file.pk}/").content.decode()
    assert "单位不符" in page
    sheet = client.get(f"/devices/files/{file.pk}/problems/")
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert [(row[0], row[3]) for row in rows[1:]] == [
        (5, "单位不符"), (6, "节点未登记"), (7, "格式有误"), (8, "格式有误"),
    ]  # fmt: skip
    neighbour = Client()
    neighbour.force_login(person("west", "device_keeper", cast.west_works))
    assert neighbour.get(f"/devices/files/{file.pk}/").status_code == 404
    reader = Client()
    reader.force_login(person("reader", "device_reader", cast.east_works))
    assert reader.post("/devices/files/", {"file": upload}).status_code == 403


def test_programs_send_files_by_their_scope(cast: Cast, settings: Any) -> None:
    device("AQ-1")
    client, key = issue_client(
        SYSTEM, name="平台", tenant=cast.tenant, service_user=cast.handler,
        scopes=("sensing.send",),
    )  # fmt: skip
    assert client.pk
    headers = {"Authorization": f"Api-Key {key}"}
    url = "/api/v1/sensing/files/"

    def send(content: str | bytes, kind: str = "text/csv", **more: Any) -> Any:
        return Client().post(f"{url}?name=x.csv", content, content_type=kind, **more)

    sent = send(CSV, headers=headers)
    assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
    assert send(CSV, headers=headers).json()["id"] == sent.json()["id"]
    with clock.at(NOON):
        work_through()
    read = Client().get(f"{url}{sent.json()['id']}/", headers=headers).json()
    assert (read["state"], read["lines"]) == ("done", 7)
    assert send(CSV).status_code == 401
    assert send("{}", "application/json", headers=headers).status_code == 415
    settings.READING_FILE_MAX_BYTES = 1000
    assert send(b"x" * 10_000_000, headers=headers).status_code == 400
    _other, wrong = issue_client(
        SYSTEM, name="别的", tenant=cast.tenant, service_user=cast.handler, scopes=()
    )
    assert send(CSV, headers={"Authorization": f"Api-Key {wrong}"}).status_code == 403
