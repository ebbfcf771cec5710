"""A unit of the benchmarks with a seal in use, and the people who ask, approve and keep."""

import io
from dataclasses import dataclass
from typing import Any

from benchmarks.support.town import SINCE

RIGHTS = {
    "applicant": ["apply_seals", "view_seals"],
    "approver": ["approve_seals", "view_seals"],
    "keeper": ["keep_seals", "view_seals"],
    "clerk": ["use_seals"],
}


@dataclass
class Hall:
    """The seal in use, and one person for each kind of work."""

    seal: Any
    people: dict[str, Any]


def build_hall(algorithm: str) -> Hall:
    """Will make a seal of this algorithm through the services; in a process that opens keys."""
    from apps.accounts.models import Organization, Tenant
    from apps.places.models import Area, AreaLevel

    level = AreaLevel.objects.create(code="city", name="市", depth=0, code_length=4)
    area = Area.objects.create(
        level=level, name="测试市", code_part="9901", code="9901", path="/9901/", valid_from=SINCE
    )
    tenant = Tenant.objects.create(code="bench", name="测试市", area=area)
    unit = Organization.objects.create(
        tenant=tenant, code="works", name="城市管理局", kind="department", path="", area=area
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    people = {name: _person(name, rights, unit) for name, rights in RIGHTS.items()}
    return Hall(_in_use(people, unit, algorithm), people)


def letter() -> bytes:
    """Will give a PDF of one page."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

    writer = PdfFileWriter()
    drawn = generic.StreamObject(stream_data=b"0 0 100 100 re S")
    page = PageObject(contents=writer.add_object(drawn), media_box=(0, 0, 595, 842))
    writer.insert_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _person(name: str, rights: list[str], unit: Any) -> Any:
    from django.contrib.auth.models import Permission

    from apps.accounts.models import Appointment, Post, Role, User

    role = Role.objects.create(code=f"bench-{name}", name=name)
    role.permissions.set(
        Permission.objects.filter(content_type__app_label="seals", codename__in=rights)
    )
    post = Post.objects.create(organization=unit, name=name)
    post.roles.add(role)
    user = User.objects.create_user(username=name, full_name=f"测试{name}", tenant=unit.tenant)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def _in_use(people: dict[str, Any], unit: Any, algorithm: str) -> Any:
    from apps.common import clock
    from apps.seals import services
    from apps.seals.models import Seal

    picture = services.draw_round(unit.name)
    new = services.NewSeal(
        unit=unit, name=f"{unit.name}公章", kind="unit", purpose="公文", basis="测〔2026〕1号",
        algorithm=algorithm, picture=picture.png, width_mm=40, height_mm=40,
    )  # fmt: skip
    seal = services.apply_seal(people["applicant"], new=new)
    services.approve_seal(people["approver"], seal_id=seal.pk)
    services.order_making(people["keeper"], seal_id=seal.pk)
    services.make_due()
    filing: dict[str, Any] = {"number": "备2026-001", "authority": "市公安局", "on": clock.today()}
    services.file_seal(people["keeper"], seal_id=seal.pk, **filing)
    services.activate_seal(people["keeper"], seal_id=seal.pk)
    post = people["clerk"].appointments.get().post
    grant = services.NewGrant(post, "", None, SINCE, None)
    services.grant_use(people["keeper"], seal_id=seal.pk, new=grant)
    return Seal.objects.get(pk=seal.pk)
