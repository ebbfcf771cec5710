"""OFD documents under national seals: made, sealed, judged, tampered with, built to hurt. ES-01."""

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from apps.common import clock, files
from apps.common.errors import InvalidInput
from apps.seals import services
from apps.seals.crypto.certificates import trusted
from apps.seals.models import Seal, SealUse
from apps.seals.ofd.checking import check
from apps.seals.ofd.package import pack, unpack
from tests.cast import Cast
from tests.seals.factories import Hall, asked, content_of, in_use, pdf, sealed, upload

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def seal(cast: Cast, people: Hall) -> Seal:
    return in_use(cast, people, algorithm="sm2")


def as_ofd(*texts: str) -> services.Taken:
    return services.take(upload(pdf(*texts)), "ofd")


def ofd(people: Hall, *seals: Seal, **given: Any) -> SealUse:
    plain: dict[str, Any] = {"document": as_ofd("Decision"), "form": "ofd"}
    return sealed(people, *seals, **plain | given)


def judged(content: bytes) -> list[dict[str, Any]]:
    return list(check(content, trusted=trusted(), moment=clock.now()).get("signatures", []))


def is_good(content: bytes) -> bool:
    found = judged(content)
    wanted = ("intact", "valid", "trusted")
    return bool(found) and all(
        all(each[name] for name in wanted) and each["covers"] == "whole" for each in found
    )


def test_a_page_becomes_ofd_and_is_sealed_and_verified(
    cast: Cast, people: Hall, seal: Seal, client: Client
) -> None:
    use = ofd(people, seal)
    assert use.state == "sealed", use.failure
    content = content_of(use)
    found = services.verify_bytes(content)
    assert found.is_good
    assert found.use == use
    told = found.verdicts[0]
    assert (told.seal_code, told.level, told.is_stamped, told.covers) == (
        seal.code, "T", True, "whole",
    )  # fmt: skip
    answer = client.post("/verify/", {"file": ContentFile(content, name="decision.ofd")})
    assert "文件完整，盖章有效。" in answer.content.decode()
    assert services.reconcile().agrees
    # What was approved is in the sealed copy byte by byte, but the lists of seals and of notes.
    with files.open_stored(use.document) as source:
        before = unpack(source.read())
    after = unpack(content)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Doc_0/Signs/Signatures.xml", "Doc_0/Annots/Annotations.xml"}


def test_two_seals_one_across_the_pages_and_one_by_keyword(
    cast: Cast, people: Hall, seal: Seal, tmp_path: Path
) -> None:
    special = in_use(cast, people, algorithm="sm2", name="东区城市管理局专用章", kind="special")
    places = [
        services.Wanted(seal, rule="across", y_mm=120),
        services.Wanted(special, rule="keyword", keyword="Signed"),
    ]
    use = ofd(people, seal, document=as_ofd("First page", "Signed here"), wanted=places)
    content = content_of(use)
    assert services.verify_bytes(content).is_good
    placed = use.placements.get(position=2)
    assert (placed.page, 20 < placed.x_mm < 45) == (2, True)
    assert use.sealed is not None
    first, second = (
        Image.open(io.BytesIO(services.page_picture(use.sealed, number=n, width_px=420)))
        for n in (1, 2)
    )
    # 420 pixels for 210 mm: half of the seal at the right edge, and red ink over the keyword.
    assert has_red(first.crop((370, 240, 420, 320)))
    assert not has_red(first.crop((0, 0, 360, 594)))
    x, y = round(placed.x_mm * 2), round(placed.y_mm * 2)
    assert has_red(second.crop((x, y, x + 80, y + 80)))


def has_red(picture: Image.Image) -> bool:
    found = picture.convert("RGB").getcolors(picture.width * picture.height) or []
    return any(r > 150 and g < 90 and b < 90 for _count, (r, g, b) in found)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The second program printed in docs/seals.md."""
    text = (ROOT / "docs" / "seals.md").read_text("utf-8")
    program = tmp_path / "check_ofd.sh"
    program.write_text(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[1])
    return program


def test_every_part_counts_for_us_and_for_openssl(
    cast: Cast, people: Hall, seal: Seal, client: Client, recipe: Path, tmp_path: Path
) -> None:
    """One byte changed in any part, a part added or taken away: nobody accepts it."""
    content = content_of(ofd(people, seal))
    authorities, document = tmp_path / "authorities.pem", tmp_path / "sealed.ofd"
    authorities.write_bytes(client.get("/verify/authorities.pem").content)

    def accepts(data: bytes) -> bool:
        document.write_bytes(data)
        command = ["bash", str(recipe), str(document), str(authorities)]
        told = subprocess.run(command, capture_output=True, text=True)
        return told.returncode == 0 and "Verified OK" in told.stdout

    assert accepts(content)
    assert is_good(content)
    parts = unpack(content)
    for name, part in parts.items():
        middle = len(part) // 2
        bad = part[:middle] + bytes([part[middle] ^ 1]) + part[middle + 1 :]
        assert not is_good(pack(parts | {name: bad})), name
    one = "Doc_0/Pages/Page_0/Content.xml"
    assert not accepts(pack(parts | {one: parts[one] + b"\n"}))
    value = "Doc_0/Signs/Sign_0/SignedValue.dat"
    signed = parts[value]
    assert not accepts(pack(parts | {value: signed[:99] + bytes([signed[99] ^ 1]) + signed[100:]}))
    assert not is_good(pack(parts | {value: signed[:-9] + b"\0" * 9}))  # of its time stamp
    added = pack(parts | {"Doc_0/Annots/More.xml": b"<more/>"})
    assert not accepts(added)
    assert not is_good(added)
    assert not is_good(pack({k: v for k, v in parts.items() if k != one}))


def test_a_stranger_and_a_borrowed_seal_are_not_believed(
    cast: Cast, people: Hall, seal: Seal
) -> None:
    content = content_of(ofd(people, seal))
    assert [
        each["trusted"] for each in check(content, trusted=[], moment=clock.now())["signatures"]
    ] == [False]
    other = content_of(ofd(people, seal, document=as_ofd("Another"), title="另一份"))
    parts, others = unpack(content), unpack(other)
    value = "Doc_0/Signs/Sign_0/SignedValue.dat"
    assert not judged(pack(parts | {value: others[value]}))[0]["intact"]


def zipped(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016">&x;</ofd:OFD>'
)
_LEADS_OUT = (
    b'<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody>'
    b"<ofd:Signatures>../../etc/passwd</ofd:Signatures></ofd:DocBody></ofd:OFD>"
)
HOSTILE = {
    "bomb": (zipped(("OFD.xml", b"\0" * (201 * 2**20))), "ofd_heavy"),
    "path that leads out": (zipped(("OFD.xml", b"<a/>"), ("../x", b"")), "ofd_path"),
    "path from the root": (zipped(("OFD.xml", b"<a/>"), ("/etc/x", b"")), "ofd_path"),
    "name that comes twice": (zipped(("OFD.xml", b"<a/>"), ("ofd.XML", b"")), "ofd_path"),
    "entities": (zipped(("OFD.xml", _ENTITIES)), "ofd_entities"),
    "reference that leads out": (zipped(("OFD.xml", _LEADS_OUT)), "ofd_path"),
    "something behind it": (zipped(("OFD.xml", b"<a/>"), comment=b"MZ"), "ofd_broken"),
    "cut off": (zipped(("OFD.xml", b"<a/>"))[:-10], "ofd_broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_package_is_refused_with_a_sentence(name: str) -> None:
    content, code = HOSTILE[name]
    assert check(content, trusted=[], moment=clock.now()) == {"refused": code}


@pytest.mark.django_db
def test_a_hostile_package_handed_in_names_the_field(client: Client) -> None:
    content = HOSTILE["entities"][0]
    answer = client.post("/api/v1/seals/verify/", {"file": ContentFile(content, name="a.ofd")})
    assert answer.status_code == 400
    assert "OFD 内的 XML 含实体" in answer.content.decode()
    with pytest.raises(InvalidInput) as refused:
        services.take(upload(content, "a.ofd"), "ofd")
    assert (refused.value.field, refused.value.code) == ("file", "not_pdf")


def test_only_national_seals_of_the_basic_level_go_on_ofd(cast: Cast, people: Hall) -> None:
    plain = in_use(cast, people, algorithm="rsa")
    kept = in_use(cast, people, algorithm="sm2", level="lt", name="东区城市管理局档案章")
    for seal, code in ((plain, "ofd_algorithm"), (kept, "ofd_level")):
        with pytest.raises(InvalidInput) as refused:
            asked(people, seal, document=as_ofd("Decision"), form="ofd")
        assert (refused.value.field, refused.value.code) == ("seals", code)


@pytest.fixture
def whole(cast: Cast, people: Hall, seal: Seal) -> bytes:
    return content_of(ofd(people, seal))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_a_byte_of_the_package_changes_nothing_that_is_read(
    whole: bytes, at: int, byte: int
) -> None:
    """Whatever byte is changed: not accepted, or the very same parts."""
    bad = bytearray(whole)
    bad[at % len(bad)] = byte
    assert not is_good(bytes(bad)) or unpack(bytes(bad)) == unpack(whole)
