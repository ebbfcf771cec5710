"""Seals of the town, made through the services; documents made byte by byte."""

import io
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from apps.accounts.models import Organization, User
from apps.common import clock, files
from apps.seals import services
from apps.seals.crypto import workshop
from apps.seals.models import Seal, SealUse
from apps.seals.pdf.impressions import draw_round
from tests.cast import SINCE, Cast
from tests.people import appointed

IMPRESSION = draw_round("东区城市管理局").png
A4 = {"width": 595.0, "height": 842.0, "rotation": 0}
RIGHTS = {
    "applicant": ["apply_seals", "view_seals"],
    "approver": ["approve_seals", "view_seals"],
    "keeper": ["keep_seals", "view_seals"],
    "clerk": ["use_seals"],
}


@dataclass
class Hall:
    """The people about seals; of the eastern works unless ``west`` is in the name."""

    applicant: User
    approver: User
    keeper: User
    clerk: User
    keeper_west: User
    approver_west: User
    clerk_west: User


def hall(cast: Cast) -> Hall:
    """Will appoint one person per role in the east and their neighbours."""
    people = {
        name: person(name, name.removesuffix("_west"), _unit(cast, name))
        for name in Hall.__dataclass_fields__
    }
    return Hall(**people)


def _unit(cast: Cast, name: str) -> Organization:
    return cast.west_works if name.endswith("_west") else cast.east_works


def person(username: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"seals.{right}" for right in RIGHTS[role]]
    return appointed(f"seal-{username}", unit, role=f"test-{role}", rights=rights)


def applied(cast: Cast, people: Hall, **given: Any) -> Seal:
    """Will give a seal that was applied for."""
    plain: dict[str, Any] = {
        "unit": cast.east_works, "name": "东区城市管理局公章", "kind": "unit", "purpose": "公文",
        "basis": "东编〔2026〕1号", "algorithm": "ecdsa", "picture": IMPRESSION,
        "width_mm": 40, "height_mm": 40,
    }  # fmt: skip
    return services.apply_seal(people.applicant, new=services.NewSeal(**plain | given))


def made(cast: Cast, people: Hall, **given: Any) -> Seal:
    """Will give a seal that a worker has made."""
    seal = applied(cast, people, **given)
    services.approve_seal(people.approver, seal_id=seal.pk)
    services.order_making(people.keeper, seal_id=seal.pk)
    with workshop.opened():
        services.make_due()
    return Seal.objects.get(pk=seal.pk)


def in_use(cast: Cast, people: Hall, **given: Any) -> Seal:
    """Will give a seal in use, granted to the clerks of the eastern works."""
    seal = made(cast, people, **given)
    filing = {"number": "备2026-001", "authority": "市公安局", "on": clock.today()}
    services.file_seal(people.keeper, seal_id=seal.pk, **filing)
    services.activate_seal(people.keeper, seal_id=seal.pk)
    granted(people, seal)
    return Seal.objects.get(pk=seal.pk)


def granted(people: Hall, seal: Seal, **given: Any) -> Any:
    """Will let the eastern clerks ask for a seal."""
    plain: dict[str, Any] = {
        "post": people.clerk.appointments.get().post,
        "matter": "", "quota": None, "from_on": SINCE, "to_on": None,
    }  # fmt: skip
    new = services.NewGrant(**plain | given)
    return services.grant_use(people.keeper, seal_id=seal.pk, new=new)


def pdf(
    *texts: str, root: dict[str, Any] | None = None, page: dict[str, Any] | None = None
) -> bytes:
    """Will give a PDF of one A4 page per text; root, page: entries put into those dictionaries."""
    writer = PdfFileWriter()
    for text in texts or ("Decision",):
        drawn = f"BT /F 12 Tf 100 700 Td ({text}) Tj ET".encode()
        contents = writer.add_object(generic.StreamObject(stream_data=drawn))
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        fonts = generic.DictionaryObject({pdf_name("/F"): writer.add_object(_plain(font))})
        resources = generic.DictionaryObject({pdf_name("/Font"): fonts})
        made = PageObject(contents=contents, media_box=(0, 0, 595, 842), resources=resources)
        for key, value in (page or {}).items():
            made[pdf_name(key)] = _plain(value)
        writer.insert_page(made)
    for key, value in (root or {}).items():
        writer.root[pdf_name(key)] = _plain(value)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Python values as those of a PDF; a text that begins with a slash is a name."""
    if isinstance(value, dict):
        return generic.DictionaryObject({pdf_name(k): _plain(v) for k, v in value.items()})
    if isinstance(value, list):
        return generic.ArrayObject([_plain(each) for each in value])
    if isinstance(value, str):
        return pdf_name(value) if value.startswith("/") else generic.pdf_string(value)
    if isinstance(value, int):
        return generic.NumberObject(value)
    return value


def upload(content: bytes, name: str = "decision.pdf") -> ContentFile:
    """Will give bytes as a browser sends them."""
    return ContentFile(content, name=name)


def taken(content: bytes | None = None) -> services.Taken:
    """Will give a document as taken in; the plain one-page letter without looking through it."""
    if content is not None:
        return services.take_document(upload(content))
    return services.Taken(files.store(upload(LETTER), allow=frozenset({"document"})), [A4])


LETTER = pdf()


def asked(people: Hall, *seals: Seal, content: bytes | None = None, **given: Any) -> SealUse:
    """Will give a request that waits for approval."""
    places = given.pop("wanted", None) or [
        services.Wanted(seal, x_mm=20 + 50 * n, y_mm=200) for n, seal in enumerate(seals)
    ]
    plain: dict[str, Any] = {
        "title": "审批决定", "reason": "发文盖章", "wanted": places,
        "document": taken(content), "level": 3,
    }  # fmt: skip
    use = services.ask_use(people.clerk, new=services.NewUse(**plain | given))
    return services.submit_use(people.clerk, use_id=use.pk)


def sealed(people: Hall, *seals: Seal, **given: Any) -> SealUse:
    """Will give a request that was approved and sealed by a worker."""
    use = asked(people, *seals, **given)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest, level=3)
    with workshop.opened():
        services.seal_due()
    return SealUse.objects.get(pk=use.pk)


def content_of(use: SealUse) -> bytes:
    """Will give the bytes of a sealed copy."""

    assert use.sealed is not None, use.failure
    with files.open_stored(use.sealed) as source:
        return source.read()
