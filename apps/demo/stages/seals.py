"""Seals of the demo city's centre: two in use, one frozen, one approved and not made yet.

With a key disk, and documents sealed (a PDF and an OFD), waiting and refused.

The certificates come from the test authority, whose name says so.
"""

import io
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.seals import services
from apps.seals.enums import Algorithm, Rule, SealKind, SignedForm
from apps.seals.models import Seal, SealUse
from apps.seals.services import NewGrant, NewMedium, NewSeal, NewUse, Wanted

FONT = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
A4_PX = (1240, 1754)  # at 150 dots to the inch
SEALS = (
    ("公章", SealKind.UNIT, Algorithm.SM2, ""),
    ("事项办结专用章", SealKind.SPECIAL, Algorithm.RSA, "办结专用章"),
)
FROZEN = ("合同专用章", SealKind.CONTRACT, Algorithm.ECDSA, "合同专用章")
APPROVED = ("财务专用章", SealKind.FINANCE, Algorithm.SM2, "财务专用章")
OFD_LETTER = ("关于便民服务点设置的批复", ("同意在中心广场设置便民服务点。",))
LETTERS = (
    ("关于井盖修复办结的答复", ("您反映的道路井盖破损问题已经修复。", "特此答复。")),
    ("占道施工许可决定", ("准予临时占道施工，期限十五日。", "施工期间须设置围挡。")),
    ("会议通知", ("定于下周一召开城市运行调度会。", "请各单位准时参加。")),
)


def load_seals(*, unit_code: str, until: datetime) -> int:
    """Will make two seals, ask for three documents to be sealed and give how many were."""
    people = {
        name: User.objects.get(username=f"seal-{name}1")
        for name in ("applicant", "approver", "keeper", "user")
    }
    unit = Organization.objects.get(code=unit_code)
    with clock.at(until - timedelta(days=20)):
        seals = [_in_use(people, unit, *told, until=until) for told in SEALS]
        frozen = _in_use(people, unit, *FROZEN, until=until)
        approved = _applied(people, unit, *APPROVED)
        services.approve_seal(people["approver"], seal_id=approved.pk)
        _disk(people["keeper"], unit, seals[1])
    with clock.at(until - timedelta(days=3)):
        services.suspend_seal(
            people["keeper"], seal_id=frozen.pk, reason="密钥盘交接期间暂停使用（演示）"
        )
    with clock.at(until - timedelta(hours=6)):
        uses = [_asked(people["user"], seals, *letter) for letter in LETTERS]
        national = _asked(people["user"], seals[:1], *OFD_LETTER, form=SignedForm.OFD)
    with clock.at(until - timedelta(hours=5)):
        for use in (uses[0], national):
            services.approve_use(people["approver"], use_id=use.pk, digest=use.digest, note="同意")
        services.refuse_use(people["approver"], use_id=uses[1].pk, note="期限有误，请核对后重报")
        services.open_keys_and_work()
    return 2


def _in_use(
    people: dict[str, User], unit: Organization, name: str, kind: str, algorithm: str, label: str,
    *, until: datetime,
) -> Seal:  # fmt: skip
    seal = _applied(people, unit, name, kind, algorithm, label)
    services.approve_seal(people["approver"], seal_id=seal.pk)
    services.order_making(people["keeper"], seal_id=seal.pk)
    services.open_keys_and_work()
    on = (until - timedelta(days=21)).date()
    services.file_seal(
        people["keeper"], seal_id=seal.pk, number=f"演备{seal.pk:04d}",
        authority="市公安局（演示）", on=on,
    )  # fmt: skip
    services.activate_seal(people["keeper"], seal_id=seal.pk)
    post = people["user"].appointments.order_by("pk")[0].post
    grant = NewGrant(post, "", 500, on, None)
    services.grant_use(people["keeper"], seal_id=seal.pk, new=grant)
    return Seal.objects.get(pk=seal.pk)


def _applied(
    people: dict[str, User], unit: Organization, name: str, kind: str, algorithm: str, label: str
) -> Seal:
    picture = services.draw_round(unit.name, label=label)
    new = NewSeal(
        unit=unit, name=f"{unit.name}{name}", kind=kind, purpose="对外行文和办结答复",
        basis="演示〔2026〕1 号", algorithm=algorithm, picture=picture.png,
        width_mm=picture.width_mm, height_mm=picture.height_mm,
    )  # fmt: skip
    return services.apply_seal(people["applicant"], new=new)


def _disk(keeper: User, unit: Organization, seal: Seal) -> None:
    medium = services.issue_medium(keeper, new=NewMedium("UK-2026-0001", "disk", unit))
    services.bind_medium(keeper, medium_id=medium.pk, seal=seal)
    services.issue_medium(keeper, new=NewMedium("UK-2026-0002", "disk", unit))


def _asked(
    person: User, seals: list[Seal], title: str, lines: tuple[str, ...],
    form: str = SignedForm.PDF,
) -> SealUse:  # fmt: skip
    document = services.take(ContentFile(letter(title, lines), name="letter.pdf"), form)
    wanted = [
        Wanted(seal, *place)
        for seal, place in zip(
            seals, ((Rule.POINT, 2, 130, 150), (Rule.ACROSS, 0, 0, 120)), strict=False
        )
    ]
    use = services.ask_use(
        person,
        new=NewUse(
            title=title, document=document, reason="对外行文", wanted=wanted, level=3,
            matter="hotline.demand", form=form,
        ),
    )  # fmt: skip
    return services.submit_use(person, use_id=use.pk)


def letter(title: str, lines: tuple[str, ...]) -> bytes:
    """Will give a letter of two pages as PDF, drawn; in boxes where no Chinese font is."""
    pages = []
    for number in (1, 2):
        page = Image.new("RGB", A4_PX, "white")
        pen = ImageDraw.Draw(page)
        pen.text((620, 220), title, font=_font(44), fill="black", anchor="mm")
        for row, line in enumerate((*lines, f"（第 {number} 页）")):
            pen.text((180, 380 + 80 * row), line, font=_font(30), fill="black")
        pages.append(page)
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=150, save_all=True, append_images=pages[1:])
    # Pillow writes a generation beyond the largest there is; careful readers refuse it.
    return out.getvalue().replace(b" 65536 f", b" 65535 f", 1)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default(size)
