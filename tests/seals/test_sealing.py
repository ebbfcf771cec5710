"""Documents sealed, and every reason not to. ES-01, ES-03, ES-05, ES-06."""

import io
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.utils import DatabaseError
from PIL import Image, ImageChops
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from apps.audit.models import AuditEntry
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotAllowed, Refused, Stale
from apps.seals import services
from apps.seals.crypto import workshop
from apps.seals.enums import Rule
from apps.seals.models import SealGrant, SealLog, SealUse
from tests.cast import Cast
from tests.seals.factories import (
    Hall,
    asked,
    content_of,
    granted,
    in_use,
    pdf,
    sealed,
    taken,
    upload,
)


def _qpdf(path: Path) -> int:
    return subprocess.run(["qpdf", "--check", str(path)], capture_output=True).returncode


def test_three_seals_of_three_algorithms_on_one_document(
    cast: Cast, people: Hall, tmp_path: Path
) -> None:
    """All fields before the first signature; each later seal keeps the earlier ones valid."""
    names = {
        "rsa": "东区城市管理局审批章",
        "ecdsa": "东区城市管理局公章",
        "sm2": "东区城市管理局合同章",
    }
    seals = [
        in_use(cast, people, name=name, algorithm=algorithm) for algorithm, name in names.items()
    ]
    wanted = [
        services.Wanted(seals[0], Rule.POINT, 1, 20, 200),
        services.Wanted(seals[1], Rule.ACROSS, 0, 0, 100),
        services.Wanted(seals[2], Rule.EVERY_PAGE, 0, 120, 30),
    ]
    original = pdf("One", "Two", "Three")
    use = sealed(people, *seals, content=original, wanted=wanted)
    assert use.state == "sealed", use.failure
    content = content_of(use)
    assert content.startswith(original), "the approved bytes are the beginning of the sealed copy"
    found = services.verify_bytes(content)
    assert [each.is_good for each in found.verdicts] == [True, True, True]
    assert {each.seal_code for each in found.verdicts} == {seal.code for seal in seals}
    assert all(each.is_stamped for each in found.verdicts)
    assert found.use == use
    path = tmp_path / "sealed.pdf"
    path.write_bytes(content)
    assert _qpdf(path) == 0
    told = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True).stdout
    assert "Total document signed" in told
    for bad in (content.replace(b"(Two)", b"(Tvo)", 1), _flipped(content, 40)):
        assert bad != content
        try:
            judged = services.verify_bytes(bad)
        except InvalidInput:
            continue  # so broken that nobody reads it
        assert not judged.is_good
        assert not any(each.is_intact for each in judged.verdicts)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_what_is_added_after_the_seal_shows(cast: Cast, people: Hall) -> None:
    """Incremental updates: the signature still fits its bytes, the document does not."""
    content = content_of(sealed(people, in_use(cast, people)))
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.find_page_for_modification(0)[0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                [generic.NumberObject(n) for n in (50, 50, 200, 80)]
            ),
            generic.pdf_name("/Contents"): generic.pdf_string("paid"),
        }
    )
    writer.register_annotation(page, writer.add_object(note))
    out = io.BytesIO()
    writer.write(out)
    found = services.verify_bytes(out.getvalue())
    assert found.verdicts[0].covers == "altered"
    assert not found.is_good


def test_a_keyword_is_found_and_the_seal_laid_over_it(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    wanted = [services.Wanted(seal, Rule.KEYWORD, keyword="Sign here")]
    use = asked(people, seal, content=pdf("Letter", "Please Sign here"), wanted=wanted)
    placement = use.placements.get()
    assert placement.page == 2
    assert 20 < placement.x_mm + 20 < 75
    with pytest.raises(InvalidInput) as refused:
        asked(
            people, seal, content=pdf("Letter"),
            wanted=[services.Wanted(seal, Rule.KEYWORD, keyword="Nowhere")],
        )  # fmt: skip
    assert refused.value.field == "keyword"


def test_the_approval_is_bound_to_the_bytes(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    with pytest.raises(Stale):
        services.approve_use(people.approver, use_id=use.pk, digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealUse.objects.filter(pk=use.pk).update(
            state="approved", approved_digest="0" * 64, approved_by=people.approver
        )
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    with pytest.raises(Stale):
        services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    other = files.store(upload(pdf("Another")), allow=frozenset({"document"}))
    SealUse.objects.filter(pk=use.pk).update(document=other)
    with workshop.opened():
        assert services.seal_due() == 0
    use.refresh_from_db()
    assert use.state == "failed"
    assert "不一致" in use.failure
    assert use.sealed is None


def test_who_asks_never_approves(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    people.clerk.appointments.get().post.roles.add(
        *people.approver.appointments.get().post.roles.all()
    )
    clerk = type(people.clerk).objects.get(pk=people.clerk.pk)
    for person in (clerk, people.approver_west, people.keeper):
        with pytest.raises(NotAllowed):
            services.approve_use(person, use_id=use.pk, digest=use.digest)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealUse.objects.filter(pk=use.pk).update(approved_by=F("requested_by"))


def test_no_grant_no_request_but_a_line_in_the_log(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    new = services.NewUse(
        title="决定", reason="发文盖章", document=taken(),
        wanted=[services.Wanted(seal)],
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.ask_use(people.clerk_west, new=new)
    row = SealLog.objects.get()
    assert (row.is_done, row.person_id, row.seal) == (False, people.clerk_west.pk, seal)
    assert row.digest == new.document.file.sha256
    assert AuditEntry.objects.filter(action="seal.use_refused").count() == 1


def test_matter_and_quota_bound_a_grant(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    SealGrant.objects.filter(seal=seal).update(ended_at=clock.now())
    granted(people, seal, matter="permit", quota=1)
    with pytest.raises(NotAllowed):
        asked(people, seal, matter="other")
    first = asked(people, seal, matter="permit")
    second = asked(people, seal, content=pdf("Second"), matter="permit")
    for use in (first, second):
        services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    with workshop.opened():
        assert services.seal_due() == 1
    second.refresh_from_db()
    assert second.state == "failed"
    assert SealGrant.objects.get(matter="permit").used == 1


def test_a_seal_frozen_meanwhile_refuses(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    services.suspend_seal(people.keeper, seal_id=seal.pk, reason="遗失介质")
    with workshop.opened():
        services.seal_due()
    use.refresh_from_db()
    assert (use.state, use.sealed) == ("failed", None)
    assert "停用" in use.failure
    assert SealLog.objects.filter(is_done=False, use_number=use.number).count() == 1


def test_an_expired_certificate_and_a_clock_set_back_refuse(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    late, early = asked(people, seal), asked(people, seal, content=pdf("Other"))
    for use in (late, early):
        services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    SealUse.objects.filter(pk=early.pk).update(approved_at=clock.now() + timedelta(hours=1))
    issue = seal.issues.get()
    issue.not_after = clock.now()
    issue.save(update_fields=["not_after"])
    with workshop.opened():
        assert services.seal_due() == 0
    late.refresh_from_db()
    early.refresh_from_db()
    assert "有效期" in late.failure
    assert "时钟" in early.failure


def test_the_same_key_is_the_same_request(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    first = asked(people, seal, key="k1")
    again = asked(people, seal, key="k1")
    assert first.pk == again.pk
    with pytest.raises(Refused):
        asked(people, seal, key="k1", content=pdf("Other"))
    assert SealUse.objects.count() == 1


def test_a_worker_that_died_is_followed_by_another(
    cast: Cast, people: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the dead one's key signed shows in the reconciliation, and the document is sealed."""
    seal = in_use(cast, people)
    use = asked(people, seal)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    with workshop.opened(), monkeypatch.context() as broken:
        broken.setattr("apps.seals.services.sealing._finish", _die)
        with pytest.raises(KeyboardInterrupt):
            services.seal_due()
        assert services.seal_due() == 0, "claimed for some minutes"
    SealUse.objects.filter(pk=use.pk).update(due_at=clock.now())
    with workshop.opened():
        assert services.seal_due() == 1
    found = services.reconcile()
    assert found.signed == 1
    assert len(found.unlogged) == 1
    assert not found.agrees


def _die(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_token_pulled_out_is_tried_again(cast: Cast, people: Hall, settings: object) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    seal.issues.update(key_store="token")
    with workshop.opened():
        assert services.seal_due() == 0
    use.refresh_from_db()
    assert (use.state, use.attempts) == ("approved", 1)
    assert use.due_at is not None
    assert use.due_at > clock.now()
    seal.issues.update(key_store="software")
    SealUse.objects.filter(pk=use.pk).update(due_at=clock.now())
    with workshop.opened():
        assert services.seal_due() == 1


def test_off_the_page_is_refused(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    for x, y, page, field in ((200, 10, 1, "x_mm"), (10, 290, 1, "y_mm"), (10, 10, 7, "page")):
        with pytest.raises(InvalidInput) as refused:
            asked(people, seal, wanted=[services.Wanted(seal, Rule.POINT, page, x, y)])
        assert refused.value.field == field
    with pytest.raises(InvalidInput) as refused:
        asked(people, seal, wanted=[services.Wanted(seal, Rule.ACROSS, y_mm=10)])
    assert refused.value.field == "rule"


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_shows_the_seal_upright_where_it_was_put(
    cast: Cast, people: Hall, turned: int, tmp_path: Path
) -> None:
    """The seal's box on the drawn page is where it was asked for, to the millimetre."""
    seal = in_use(cast, people)
    content = pdf("Turned", page={"/Rotate": turned})
    use = sealed(
        people, seal, content=content, wanted=[services.Wanted(seal, Rule.POINT, 1, 30, 50)]
    )
    assert use.sealed is not None, use.failure
    before = Image.open(io.BytesIO(services.page_picture(use.document, number=1))).convert("RGB")
    after = Image.open(io.BytesIO(services.page_picture(use.sealed, number=1))).convert("RGB")
    per_mm = after.width / (use.pages[0]["width"] / 72 * 25.4)
    red = ImageChops.difference(before, after).crop((0, 0, int(80 * per_mm), int(100 * per_mm)))
    left, top, right, bottom = red.getbbox() or (0, 0, 0, 0)
    assert left / per_mm == pytest.approx(30, abs=0.8)
    assert top / per_mm == pytest.approx(50, abs=0.8)
    assert (right - left) / per_mm == pytest.approx(40, abs=0.8)
    assert (bottom - top) / per_mm == pytest.approx(40, abs=0.8)


def test_the_log_is_append_only(cast: Cast, people: Hall) -> None:
    sealed(people, in_use(cast, people))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM seals_seallog")
    row = SealLog.objects.get()
    assert (row.is_done, row.level) == (True, 3)
    assert services.reconcile().agrees


@pytest.mark.django_db(transaction=True)
def test_two_workers_seal_a_document_once(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    use = asked(people, seal)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(services.seal_due())
        finally:
            connection.close()

    with workshop.opened():
        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(done) == [0, 1]
    assert SealLog.objects.filter(is_done=True).count() == 1


def test_a_picture_becomes_a_page_and_is_sealed(cast: Cast, people: Hall) -> None:
    """ES-01: drawings and photographs; the page made of it is what is approved."""
    seal = in_use(cast, people, algorithm="rsa")
    drawing, out = Image.new("RGBA", (300, 200), (0, 90, 200, 128)), io.BytesIO()
    drawing.save(out, "PNG")
    place = services.Wanted(seal, Rule.POINT, 0, 20, 200, is_loose=True)
    use = sealed(people, content=out.getvalue(), wanted=[place])
    assert use.state == "sealed", use.failure
    assert use.placements.get().y_mm == 170, "moved onto a page that is lower than its place"
    assert (use.pages[0]["width"], use.pages[0]["height"]) == (841.89, 595.28), "lying as it does"
    assert use.document.media_type == "application/pdf"
    assert services.verify_bytes(content_of(use)).is_good
    for broken in (out.getvalue()[:60], b"\xff\xd8\xff" + b"x" * 99):
        with pytest.raises(InvalidInput) as refused:
            taken(broken)
        assert (refused.value.field, refused.value.code) == ("file", "picture")
