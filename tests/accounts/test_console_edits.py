"""The console: risky edits wait for a second person, the rest is logged. Source: PT-15, AC-09."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.console import EDIT, TWO_PERSON, LoggedEdits, TwoPersonEdits
from apps.accounts.models import HeldChange, User
from apps.assets.models import AssetClass
from apps.audit.models import AuditEntry
from apps.clocks.models import Calendar, CalendarRevision
from apps.common import clock
from apps.common.errors import NotAllowed, Refused, Stale
from apps.nlp.models import DangerWord
from tests.cast import Cast
from tests.people import appointed

pytestmark = pytest.mark.django_db
WORD = {"kind": "self_harm", "word": "想不开", "severity": 2, "unless": ""}
WHY = {"change_reason": "值班复盘提出"}


@pytest.fixture
def root(cast: Cast, settings: Any) -> User:
    """A superuser with a post; nobody is above two persons."""
    settings.REQUIRE_ADMIN_MFA = False
    person = appointed("root", cast.center, role="sysop", rights=["nlp.keep_models"])
    User.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def checker(cast: Cast) -> User:
    return appointed("checker", cast.center, role="guard", rights=["accounts.manage_roles"])


@pytest.fixture
def web(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def held() -> HeldChange:
    return HeldChange.objects.get(act=EDIT)


def approve(checker: User) -> None:
    change = held()
    approvals.approve_change(checker, change_id=change.pk, digest=change.digest)


def add_word(web: Client, **changes: Any) -> Any:
    return web.post(reverse("admin:nlp_dangerword_add"), WORD | WHY | changes)


def test_every_model_that_can_be_written_is_guarded(root: User) -> None:
    request = RequestFactory().get("/")
    request.user = root
    writable = {
        model._meta.label: keeper
        for model, keeper in admin.site._registry.items()
        if keeper.has_add_permission(request) or keeper.has_change_permission(request)
        or keeper.has_delete_permission(request)
    }  # fmt: skip
    held_ones = {label for label, one in writable.items() if isinstance(one, TwoPersonEdits)}
    logged = {label for label, one in writable.items() if isinstance(one, LoggedEdits)}
    assert held_ones == TWO_PERSON
    assert logged == {"assets.AssetClass", "nlp.ClassWord"}
    assert held_ones | logged == writable.keys()


def test_what_libraries_keep_is_not_in_the_console() -> None:
    names = {model.__module__.split(".")[0] for model in admin.site._registry}
    assert names == {"apps"}


def test_a_new_word_waits_and_comes_in_by_another_person(
    web: Client, root: User, checker: User
) -> None:
    before = DangerWord.objects.count()
    answer = add_word(web)
    change = held()
    assert answer["Location"] == reverse("accounts:approval-detail", args=[change.pk])
    assert DangerWord.objects.count() == before
    assert ["词语", "—", "想不开"] in [line[:3] for line in change.payload["lines"]]
    with pytest.raises(NotAllowed):
        approvals.approve_change(root, change_id=change.pk, digest=change.digest)
    approve(checker)
    assert DangerWord.objects.get(word="想不开").severity == 2
    told = AuditEntry.objects.get(action="console.add")
    assert (told.actor_name, told.data["checker"]) == (root.display_name, checker.display_name)


def test_without_a_reason_nothing_is_filed(web: Client, checker: User) -> None:
    page = add_word(web, change_reason="短")
    assert page.status_code == 200
    assert page.context["adminform"].form.errors.keys() == {"change_reason"}
    assert 'value="想不开"' in page.content.decode()
    assert not HeldChange.objects.exists()


def test_a_wrong_form_shows_its_errors_and_files_nothing(web: Client, checker: User) -> None:
    page = add_word(web, word="")
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not HeldChange.objects.exists()


def test_a_word_is_changed_and_deleted_by_two_only(web: Client, checker: User) -> None:
    word = DangerWord.objects.create(**WORD)
    address = reverse("admin:nlp_dangerword_change", args=[word.pk])
    web.post(address, WORD | WHY | {"severity": 1})
    assert "正等待复核" in web.get(address).content.decode()
    word.refresh_from_db()
    assert word.severity == 2
    approve(checker)
    word.refresh_from_db()
    assert word.severity == 1
    HeldChange.objects.all().delete()
    web.post(reverse("admin:nlp_dangerword_delete", args=[word.pk]), {"post": "yes"} | WHY)
    assert DangerWord.objects.filter(pk=word.pk).exists()
    approve(checker)
    assert not DangerWord.objects.filter(pk=word.pk).exists()


def test_what_changed_meanwhile_is_not_written_over(web: Client, checker: User) -> None:
    word = DangerWord.objects.create(**WORD)
    web.post(reverse("admin:nlp_dangerword_change", args=[word.pk]), WORD | WHY | {"severity": 1})
    DangerWord.objects.filter(pk=word.pk).update(unless="小说")
    with pytest.raises(Stale):
        approve(checker)
    word.refresh_from_db()
    assert (word.severity, word.unless) == (2, "小说")


def test_a_refused_or_late_edit_changes_nothing(web: Client, checker: User) -> None:
    add_word(web)
    approvals.refuse_change(checker, change_id=held().pk, note="没有必要")
    assert not DangerWord.objects.filter(word="想不开").exists()
    HeldChange.objects.all().delete()
    add_word(web)
    with clock.at(clock.now() + timedelta(days=30)), pytest.raises(Refused):
        approve(checker)
    assert not DangerWord.objects.filter(word="想不开").exists()


def test_lists_have_no_quick_edits(web: Client) -> None:
    DangerWord.objects.create(**WORD)
    page = web.get(reverse("admin:nlp_dangerword_changelist")).content.decode()
    assert 'name="form-TOTAL_FORMS"' not in page
    assert "delete_selected" not in page


def test_a_calendar_goes_with_its_days_and_makes_one_revision(
    web: Client, cast: Cast, checker: User
) -> None:
    calendar = Calendar.objects.filter(is_default=True).first() or Calendar.objects.create(
        name="市历", code="city", is_default=True
    )
    before = CalendarRevision.objects.filter(calendar=calendar).count()
    address = reverse("admin:clocks_calendar_change", args=[calendar.pk])
    form = web.get(address).context["adminform"].form
    said = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    said = {name: value for name, value in said.items() if value not in (None, False)}
    for formset in (one.formset for one in web.get(address).context["inline_admin_formsets"]):
        said |= {f"{formset.prefix}-TOTAL_FORMS": 0, f"{formset.prefix}-INITIAL_FORMS": 0}
    day = {"on": "2030-10-01", "kind": "holiday", "name": "国庆节", "spans": ""}
    said |= {"dated-TOTAL_FORMS": 1} | {f"dated-0-{name}": value for name, value in day.items()}
    answer = web.post(address, said | WHY)
    assert answer.status_code == 302
    assert not calendar.dated.filter(on="2030-10-01").exists()
    assert "国庆节" in str(held().payload["lines"])
    approve(checker)
    assert calendar.dated.get(on="2030-10-01").name == "国庆节"
    assert CalendarRevision.objects.filter(calendar=calendar).count() == before + 1


def test_what_one_person_may_is_logged_with_both_sides(web: Client) -> None:
    kind = AssetClass.objects.create(code="0198", name="旧名", large_class="公用设施")
    address = reverse("admin:assets_assetclass_change", args=[kind.pk])
    form = web.get(address).context["adminform"].form
    said = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    said = {name: value for name, value in said.items() if value not in (None, False)}
    answer = web.post(address, said | {"name": "新名"})
    assert answer.status_code == 302
    told = AuditEntry.objects.get(action="console.changed").data
    assert (told["before"]["名称"], told["after"]["名称"]) == ("旧名", "新名")
