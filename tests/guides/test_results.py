"""What was granted leaves as a sealed document, by itself, and a second person approves. ES-07."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.accounts.services.standard_roles import find_permissions
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.guides.models import Application, ResultDocument
from apps.guides.services import make_results
from apps.matters.models import MatterType
from apps.matters.registry import extension_of
from apps.matters.selectors.readiness import problems_of
from apps.matters.services import publish_version, save_draft
from apps.seals import services as seals
from apps.seals.crypto import workshop
from apps.seals.models import Seal, SealUse
from tests.cast import Cast
from tests.guides.factories import MOTHER, PHONE, birth
from tests.guides.test_applications import decide, part_case
from tests.seals.factories import Hall, content_of, granted, hall, in_use

pytestmark = pytest.mark.django_db
MATTER = "service.birth_certificate"


@pytest.fixture
def people(served: Cast, settings: Any, tmp_path: Path) -> Hall:
    settings.SEALS_DIR, settings.MEDIA_ROOT = tmp_path / "seals", tmp_path / "media"
    return hall(served)


@pytest.fixture
def seal(served: Cast, people: Hall) -> Seal:
    """A seal the matter's certificate is handed out under."""
    made = in_use(served, people)
    matter = MatterType.objects.get(code=MATTER)
    assert matter.current_version is not None
    body = matter.current_version.body
    outputs = [row | {"seal": made.code} for row in body["materials_out"]]
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body | {"materials_out": outputs})
    publish_version(SYSTEM, version_id=draft.pk)
    return made


def let_use(people: Hall, seal: Seal, person: User) -> None:
    """The person's post may ask for the seal for this matter."""
    role = Role.objects.create(code="test-seal-user", name="用印")
    role.permissions.set(find_permissions(("seals.use_seals",))[0])
    post = person.appointments.get().post
    post.roles.add(role)
    granted(people, seal, post=post, matter=MATTER)


def approve_and_seal(people: Hall, use: SealUse) -> SealUse:
    seals.approve_use(people.approver, use_id=use.pk, digest=use.digest, level=3)
    with workshop.opened():
        seals.seal_due()
    use.refresh_from_db()
    return use


def follow(client: Client, application: Application) -> str:
    number = application.case.number
    client.post("/guides/track/", {"number": number, "phone": PHONE})
    return client.get(f"/guides/track/{number}/").content.decode()


def test_a_granted_certificate_is_sealed_and_fetched_by_its_applicant(
    served: Cast, people: Hall, seal: Seal, tmp_path: Path
) -> None:
    let_use(people, seal, served.wjj)
    application = birth(served)
    decide(served.wjj, application, "certificate")
    row = ResultDocument.objects.get()
    assert row.use is not None, row.trouble
    assert (row.use.state, row.use.requested_by, row.use.matter) == ("waiting", served.wjj, MATTER)
    assert row.use.case_number == part_case(application, "certificate").number
    assert make_results(row.event_id) == [row], "the duty done twice changes nothing"
    assert SealUse.objects.count() == 1
    client = Client()
    assert "盖章文书" not in follow(client, application), "nothing before a person approved"
    use = approve_and_seal(people, row.use)
    assert use.state == "sealed", use.failure
    page, address = follow(client, application), f"/guides/track/{application.case.number}/results/"
    assert use.code in page
    assert f"{address}{row.pk}/" in page
    answer = client.get(f"{address}{row.pk}/")
    content = b"".join(answer.streaming_content)
    assert content == content_of(use)
    assert seals.verify_bytes(content).is_good
    assert client.get(f"{address}0/").status_code == 404
    assert Client().get(f"{address}{row.pk}/").status_code == 302
    (tmp_path / "certificate.pdf").write_bytes(content)
    told = subprocess.run(
        ["pdftotext", str(tmp_path / "certificate.pdf"), "-"], capture_output=True, text=True
    ).stdout
    assert "出生医学证明" in told
    assert "林晓雨" in told
    assert MOTHER not in told
    assert AuditEntry.objects.filter(action="result_document.fetched").count() == 1


def test_who_may_not_use_the_seal_says_so_and_another_asks(
    served: Cast, people: Hall, seal: Seal, client: Client
) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate")
    row = ResultDocument.objects.get()
    assert (row.use, "用印" in row.trouble) == (None, True)
    address = f"/guides/office/results/{row.pk}/ask/"
    client.force_login(served.gaj)
    assert client.post(address).status_code == 404, "another department does not see the case"
    client.force_login(served.wjj)
    assert client.post(address).status_code == 403
    let_use(people, seal, served.wjj)
    client.force_login(User.objects.get(pk=served.wjj.pk))
    page = f"/cases/{row.case_id}/"
    assert address in client.get(page).content.decode()
    assert client.post(address).status_code == 302
    client.post(address)
    row.refresh_from_db()
    assert row.use is not None
    assert (row.use.state, row.trouble) == ("waiting", "")
    assert SealUse.objects.count() == 1
    seals.refuse_use(people.approver, use_id=row.use.pk, note="编号有误")
    client.post(address)
    assert SealUse.objects.filter(state="waiting").count() == 1
    assert address not in client.get(page).content.decode()


def test_a_definition_names_only_seals_in_use(served: Cast, people: Hall, seal: Seal) -> None:
    matter = MatterType.objects.get(code=MATTER)
    assert matter.current_version is not None
    body = matter.current_version.body
    seals.suspend_seal(people.keeper, seal_id=seal.pk, reason="年度盘点")
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body)
    assert [p.part for p in problems_of(draft)] == ["materials_out"]
    outputs = [row | {"kind": "thing"} for row in body["materials_out"]]
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body | {"materials_out": outputs})
    assert "不能加盖" in str(problems_of(draft)[0])


def test_a_type_that_hands_out_nothing_names_no_seal(
    served: Cast, people: Hall, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demand of the hotline is answered, not granted: nobody would ever get the document."""
    matter = MatterType.objects.get(code=MATTER)
    assert matter.current_version is not None
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=matter.current_version.body)
    assert problems_of(draft) == []
    monkeypatch.setattr(extension_of(MATTER), "hands_out_sealed", False, raising=False)
    assert ["不发放盖章文书" in str(each) for each in problems_of(draft)] == [True]
    assert not extension_of("hotline.demand").hands_out_sealed
