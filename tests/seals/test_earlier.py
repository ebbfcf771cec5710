"""Documents others signed before: a seal joins valid signatures and spoils none. ES-01, ES-02."""

import subprocess
from pathlib import Path

import pytest
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec

from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.seals import services
from apps.seals.crypto.certificates import trusted
from apps.seals.enums import Rule
from apps.seals.pdf.inspecting import inspect
from tests.cast import Cast
from tests.seals.elsewhere import changed, signed
from tests.seals.factories import Hall, asked, content_of, in_use, pdf, sealed, taken, upload


def test_a_third_seal_keeps_two_earlier_signatures_valid(
    cast: Cast, people: Hall, tmp_path: Path
) -> None:
    twice = signed(signed(pdf("Contract", "Second page"), "First"), "Second", algorithm="ecdsa")
    seal = in_use(cast, people, algorithm="rsa")
    use = sealed(people, seal, content=twice)
    assert (use.state, use.earlier) == ("sealed", 2), use.failure
    content = content_of(use)
    assert content.startswith(twice)
    found = services.verify_bytes(content)
    assert [each.covers for each in found.verdicts] == ["later", "later", "whole"]
    assert [each.seal_code for each in found.verdicts] == ["", "", seal.code]
    assert found.is_good
    path = tmp_path / "sealed.pdf"
    path.write_bytes(content)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True).stdout
    assert said.count("Signature is Valid.") == 3
    assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True).returncode == 0
    path.write_bytes(content.replace(b"(Contract)", b"(Contracts"))
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True).stdout
    assert "Signature is Valid." not in said


def test_a_signed_document_takes_a_seal_in_one_place_only(cast: Cast, people: Hall) -> None:
    document = taken(signed(pdf("One", "Two"), "First"))
    seal = in_use(cast, people)
    for rule in (Rule.ACROSS, Rule.EVERY_PAGE):
        with pytest.raises(InvalidInput) as refused:
            asked(people, document=document, wanted=[services.Wanted(seal, rule, y_mm=100)])
        assert refused.value.field == "rule"


@pytest.mark.django_db
def test_what_is_wrong_with_an_earlier_signature_is_named() -> None:
    """Tampering, shadow attacks by incremental updates, strangers, and signatures that forbid."""
    once = signed(pdf("Pay 100"), "First")
    shadow = StreamObject(stream_data=b"BT /F 12 Tf 100 700 Td (Pay 999) Tj ET")
    every = FieldMDPSpec(FieldMDPAction.ALL)
    tried = {
        "plain bytes changed": (once.replace(b"Pay 100", b"Pay 999"), "earlier_broken"),
        "contents swapped later": (changed(once, Contents=shadow), "earlier_changed"),
        "swapped, then signed over": (
            signed(changed(once, Contents=shadow), "Second"), "earlier_changed",
        ),
        "certified": (signed(pdf("Pay 100"), "Closing", certify=True), "earlier_closed"),
        "all fields locked": (signed(pdf("Pay 100"), "Locking", lock=every), "earlier_closed"),
        "of a stranger": (signed(pdf("Pay"), "Stranger", is_trusted=False), "earlier_untrusted"),
    }  # fmt: skip
    believed = trusted()
    found = {
        name: inspect(content, trusted=believed)["refused"]
        for name, (content, _code) in tried.items()
    }
    assert found == {name: code for name, (_content, code) in tried.items()}
    assert inspect(once, trusted=believed)["earlier"] == 1
    with pytest.raises(InvalidInput) as refused:
        services.take_document(upload(tried["contents swapped later"][0]))
    assert (refused.value.field, refused.value.code) == ("file", "earlier_changed")
    assert not StoredFile.objects.exists()
