"""Every sensitive page asks; what it would do is not done before."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.assurance import acts
from apps.accounts.assurance.middleware import ACT_OF_PAGE
from apps.accounts.models import StepUpTicket, User
from apps.audit.models import AuditEntry
from apps.matters.models import MatterVersion
from apps.rules.models import RuleTableVersion
from tests.accounts.factories import AppointmentFactory, UserFactory, make_person
from tests.accounts.factors import enrol, sign_in
from tests.matters import ears

pytestmark = pytest.mark.django_db

POSTS = [
    ("hotline:reveal", [1], "personal.reveal"),
    ("guides:reveal", [1], "personal.reveal"),
    ("matters:form-reveal", [1], "personal.reveal"),
    ("accounts:person-phone", [1], "personal.reveal"),
    ("accounts:person-appoint", [1], "rights.change"),
    ("accounts:appointment-end", [1], "rights.change"),
    ("accounts:person-reset-password", [1], "credentials.reset"),
    ("connectors:connector-create", [], "secret.issue"),
    ("connectors:connector-rotate", [1], "secret.issue"),
    ("guides:office-publish", ["hotline.demand"], "definition.publish"),
    ("guides:plan-publish", ["questions", "birth"], "definition.publish"),
    ("studio:migration-deed", [1, "approve"], "definition.publish"),
]
DOWNLOADS = ["accounts:person-export", "audit:entry-export"]


@pytest.fixture
def root(client: Client, settings) -> User:
    """Somebody who may do everything, signed in with the password only."""
    settings.STEP_UP = True
    root = UserFactory(is_superuser=True, is_staff=True)
    sign_in(client, root)
    enrol(root)
    return root


@pytest.mark.parametrize(("name", "args", "act"), POSTS)
def test_deed_asks_first(client, root, name, args, act):
    answer = client.post(reverse(name, args=args), {"purpose": "回访核实"})
    assert answer.url.startswith("/people/step-up/")
    assert StepUpTicket.objects.get().act == act


@pytest.mark.parametrize("name", DOWNLOADS)
def test_export_asks_first(client, root, name):
    assert client.get(reverse(name)).url.startswith("/people/step-up/")
    assert not AuditEntry.objects.filter(action__endswith=".exported").exists()


def test_export_of_a_queue_asks_first(client, root):
    url = reverse("matters:queue-export", args=["unit"])
    assert client.get(url).url.startswith("/people/step-up/")


def test_ending_the_sessions_of_others_asks_first(client, root, clerk):
    sign_in(Client(), clerk)
    url = reverse("accounts:person-deed", args=[clerk.pk, "end-sessions"])
    assert client.post(url).url.startswith("/people/step-up/")
    assert clerk.usersession_set.exists()


def test_roles_of_a_post_are_given_after_asking(client, root, clerk):
    post = AppointmentFactory(user=clerk).post
    answer = client.post(reverse("accounts:post-roles", args=[post.pk]), {"sent": "1"})
    assert answer.url.startswith("/people/step-up/")


def test_publishing_asks_first(client, root, cast):
    listener = ears.active(cast)
    table = RuleTableVersion.objects.select_related("table").first()
    matter = MatterVersion.objects.select_related("matter_type").first()
    for name, args in (
        ("rules:version-deed", [table.table.code, table.number, "retire"]),
        ("studio:version-deed", [matter.matter_type.code, matter.number, "retire"]),
        ("matters:listener-deed", [listener.pk, "resume"]),
    ):
        client.force_login(root)
        assert client.post(reverse(name, args=args)).url.startswith("/people/step-up/"), name
    assert set(StepUpTicket.objects.values_list("act", flat=True)) == {"definition.publish"}


def test_proof_of_others_asks_first(client, root, clerk):
    url = reverse("accounts:person-proof", args=[clerk.pk])
    assert client.post(url, {"method": "document"}).url.startswith("/people/step-up/")
    clerk.refresh_from_db()
    assert clerk.proofing_level == 1


def test_pages_named_for_an_act_exist():
    for name, act in ACT_OF_PAGE.items():
        assert acts.act_of(act).reason
        takes_key = name in ("mfa_edit_webauthn", "mfa_remove_webauthn")
        assert reverse(name, args=[1] if takes_key else [])


def test_looking_asks_nothing(client, root, unit):
    person = make_person(organization=unit)
    for name, args in (("person-list", []), ("person-detail", [person.pk]), ("role-matrix", [])):
        assert client.get(reverse(f"accounts:{name}", args=args)).status_code == 200
