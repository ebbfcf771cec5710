"""Edits of the console that take a second person, from the page to the row and the log."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.utils import translation

from apps.accounts.approvals import selectors
from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, Organization, User
from apps.assets.models import AssetClass
from apps.audit.models import AuditEntry
from apps.clocks.models import Calendar, WorkingSpan
from apps.common import clock
from apps.common.console.admins import AuditedAdmin, TwoPersonAdmin
from apps.common.dictionaries import save_entry
from apps.common.errors import NotAllowed, Refused, Stale
from apps.common.models import Dictionary, DictionaryEntry
from apps.nlp.enums import Severity
from apps.nlp.models import ClassWord, DangerWord
from apps.places.models import AreaLevel
from tests.accounts.factories import UserFactory, make_person
from tests.clocks.factories import default_calendar

pytestmark = pytest.mark.django_db
State = HeldChange.State
REASON = "群众反映漏报，经会商调整"
WORDS = "/console/nlp/dangerword/"


@pytest.fixture
def root(unit: Organization) -> User:
    """Who keeps the configuration: a superuser, and not above it."""
    return UserFactory(tenant=unit.tenant, is_staff=True, is_superuser=True, full_name="高配置")


@pytest.fixture
def console(client: Client, root: User, guard: User) -> Client:
    """The console as the configurator has it open; the security administrator may check."""
    client.force_login(root)
    return client


@pytest.fixture
def word(db: None) -> DangerWord:
    return DangerWord.objects.create(kind="explosive", word="炸药桶", severity=2)


def filled(page: Any) -> dict[str, Any]:
    """What a browser would post from a page of the console, untouched."""
    forms = [page.context["adminform"].form]
    for shown in page.context["inline_admin_formsets"]:
        forms += [shown.formset.management_form, *shown.formset.forms]
    data = {"seen": page.context["seen"], "reason": REASON}
    for form in forms:
        for field in form:
            value = field.value()
            is_entered = value is not None and value is not False and value != ""
            if is_entered and field.html_name != "reason":
                data[field.html_name] = field.field.widget.format_value(value)
                if isinstance(data[field.html_name], list):
                    data[field.html_name] = data[field.html_name][0]
    return {name: value for name, value in data.items() if value is not None}


def send(console: Client, url: str, **entered: Any) -> Any:
    return console.post(url, filled(console.get(url)) | entered)


def held_by(console: Client, url: str, **entered: Any) -> HeldChange:
    answer = send(console, url, **entered)
    assert answer.status_code == 302, answer.context["errors"]
    return HeldChange.objects.latest("pk")


def change_of(word: DangerWord) -> str:
    return f"{WORDS}{word.pk}/change/"


def approve(checker: User, held: HeldChange) -> approvals.Decided:
    return approvals.approve_change(checker, change_id=held.pk, digest=held.digest, note="已核")


def told(held: HeldChange) -> list[tuple[str, str, str]]:
    act = approvals.get_act(held.act)
    return [(line.label, line.before, line.after) for line in act.describe(held.payload)]


def log(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("pk")


# --- Every page of the console that writes ---

#: One person may write these: the reasons stand in decision 0110.
ALONE = {"assets.AssetClass", "nlp.ClassWord"}


def test_every_page_that_writes_takes_two_or_is_a_named_one_in_the_log():
    request = HttpRequest()
    request.user = User(pk=1, is_superuser=True, is_staff=True, is_active=True)
    alone, two = set(), set()
    for model, pages in admin.site._registry.items():
        may = (
            pages.has_add_permission(request),
            pages.has_change_permission(request),
            pages.has_delete_permission(request),
        )
        if any(may) and isinstance(pages, TwoPersonAdmin):
            two.add(model._meta.label)
            assert pages.list_editable == ()
            assert "delete_selected" not in pages.get_actions(request)
        elif any(may):
            assert isinstance(pages, AuditedAdmin), model
            assert not pages.inlines
            alone.add(model._meta.label)
    assert alone == ALONE
    assert two == {
        "clocks.Calendar",
        "common.Dictionary",
        "common.DictionaryEntry",
        "nlp.DangerWord",
        "places.AreaLevel",
    }


def test_pages_of_libraries_stay_out():
    assert {model.__module__.split(".")[0] for model in admin.site._registry} == {"apps"}


# --- Filing ---


def test_saving_changes_nothing_and_files_what_was_entered(console, root, guard, word):
    answer = send(console, change_of(word), severity="1", unless="烟花")
    held = HeldChange.objects.get()
    assert answer.url == change_of(word)
    word.refresh_from_db()
    assert (word.severity, word.unless) == (2, "")
    assert (held.maker, held.reason, held.state) == (root, REASON, State.PENDING)
    assert held.subject_label == "警示词语 爆炸纵火：炸药桶"
    assert ("除非出现", "—", "烟花") in told(held)
    assert ("程度", str(Severity(2).label), str(Severity(1).label)) in told(held)
    assert log("change.filed").data["maker"] == "高配置"
    assert not AuditEntry.objects.filter(action="console.changed").exists()


def test_differences_are_told_in_the_readers_language(console, word):
    held = held_by(console, change_of(word), unless="烟花")
    with translation.override("en"):
        assert told(held) == [("Unless there is", "—", "烟花")]


def test_the_page_says_what_happens_and_what_waits(console, word):
    url = change_of(word)
    assert "须另一人复核" in console.get(url).content.decode()
    held = held_by(console, url, unless="烟花")
    page = console.get(url).content.decode()
    assert "等待复核的改动" in page
    assert f"/people/approvals/{held.pk}/" in page
    assert REASON in page


@pytest.mark.parametrize("reason", ["", "急", "字" * 301])
def test_a_reason_is_asked_for(console, word, reason):
    page = send(console, change_of(word), unless="烟花", reason=reason)
    assert page.status_code == 200
    assert "reason" in page.context["adminform"].form.errors
    assert not HeldChange.objects.exists()


def test_no_change_is_not_filed(console, word):
    page = send(console, change_of(word))
    assert "没有改动" in page.content.decode()
    assert not HeldChange.objects.exists()


def test_what_is_not_valid_is_told_at_the_field(console, word):
    page = send(console, change_of(word), word="")
    assert "word" in page.context["adminform"].form.errors
    assert not HeldChange.objects.exists()


def test_a_page_opened_before_another_edit_is_refused(console, word):
    data = filled(console.get(change_of(word))) | {"unless": "烟花"}
    DangerWord.objects.filter(pk=word.pk).update(severity=1)
    page = console.post(change_of(word), data)
    assert "您打开页面之后" in page.content.decode()
    assert page.context["adminform"].form["unless"].value() == "烟花"
    assert not HeldChange.objects.exists()


def test_a_post_without_the_version_seen_is_refused(console, word):
    page = send(console, change_of(word), unless="烟花", seen="")
    assert "您打开页面之后" in page.content.decode()
    assert not HeldChange.objects.exists()


def test_where_nobody_could_check_the_page_says_so(client, root, word):
    client.force_login(root)
    page = send(client, change_of(word), unless="烟花")
    assert "没有人可以复核" in page.content.decode()
    assert page.context["adminform"].form["unless"].value() == "烟花"
    assert not HeldChange.objects.exists()


def test_the_same_is_filed_once(console, word):
    held_by(console, change_of(word), unless="烟花")
    page = send(console, change_of(word), unless="烟花")
    assert "等待复核" in page.content.decode()
    assert HeldChange.objects.count() == 1


def test_who_may_not_edit_files_nothing(client, unit, guard, word):
    looker = make_person(
        "nlp.view_dangerword", organization=unit, full_name="钱查看", is_staff=True
    )
    client.force_login(looker)
    assert "提交复核" not in client.get(change_of(word)).content.decode()
    assert client.post(change_of(word), {"unless": "烟花", "reason": REASON}).status_code == 403
    assert client.post(f"{WORDS}{word.pk}/delete/", {"post": "yes"}).status_code == 403
    assert not HeldChange.objects.exists()


# --- Deciding ---


def test_approving_writes_once_with_both_names_before_and_after(console, root, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    assert approve(guard, held).change.state == State.APPROVED
    word.refresh_from_db()
    assert word.unless == "烟花"
    entry = log("console.changed")
    assert (entry.actor_name, entry.data["checker"]) == ("高配置", "王安全")
    assert entry.data["before"] == {"unless": ""}
    assert entry.data["after"] == {"unless": "烟花"}
    assert entry.data["reason"] == REASON
    with pytest.raises(Stale):
        approve(guard, held)
    assert AuditEntry.objects.filter(action="console.changed").count() == 1


def test_approving_on_the_page(console, guard, word, settings):
    held = held_by(console, change_of(word), unless="烟花")
    other = Client()
    other.force_login(guard)
    page = other.get(f"/people/approvals/{held.pk}/")
    assert "除非出现" in page.content.decode()
    data = {"digest": held.digest, "note": "", "deed": "approve"}
    other.post(f"/people/approvals/{held.pk}/decide/", data)
    word.refresh_from_db()
    assert word.unless == "烟花"


def test_refusing_leaves_all_as_it_was(console, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    approvals.refuse_change(guard, change_id=held.pk, note="不同意")
    word.refresh_from_db()
    assert word.unless == ""
    assert HeldChange.objects.get().state == State.REFUSED


def test_nobody_approves_their_own(console, root, unit, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    with pytest.raises(NotAllowed, match="自己提交"):
        approve(root, held)
    twin = make_person(
        "accounts.manage_roles", organization=unit, full_name="高配置", phone=root.phone
    )
    with pytest.raises(NotAllowed, match="自己提交"):
        approve(twin, held)
    word.refresh_from_db()
    assert word.unless == ""


@pytest.mark.parametrize("who", ["keeper", "clerk", "neighbour", "other_root"])
def test_others_may_not_approve(console, request, word, who):
    held = held_by(console, change_of(word), unless="烟花")
    if who == "other_root":
        checker = UserFactory(is_superuser=True, is_staff=True)
    else:
        checker = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        approve(checker, held)
    word.refresh_from_db()
    assert word.unless == ""


def test_what_waits_too_long_expires(console, guard, word, settings):
    held = held_by(console, change_of(word), unless="烟花")
    with clock.at(clock.now() + timedelta(hours=settings.APPROVAL_HOURS + 1)):
        approvals.expire_changes()
        with pytest.raises(Stale):
            approve(guard, held)
    word.refresh_from_db()
    assert (word.unless, HeldChange.objects.get().state) == ("", State.EXPIRED)


def test_what_has_changed_since_is_stale(console, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    DangerWord.objects.filter(pk=word.pk).update(severity=1)
    with pytest.raises(Stale):
        approve(guard, held)
    word.refresh_from_db()
    assert (word.unless, HeldChange.objects.get().state) == ("", State.STALE)


def test_what_is_gone_is_stale(console, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    word.delete()
    with pytest.raises(Stale):
        approve(guard, held)
    assert HeldChange.objects.get().state == State.STALE


def test_a_maker_who_lost_the_right_is_not_carried_out(console, root, guard, word):
    held = held_by(console, change_of(word), unless="烟花")
    User.objects.filter(pk=root.pk).update(is_superuser=False)
    with pytest.raises(Refused, match="不再有此权限"):
        approve(guard, held)
    word.refresh_from_db()
    assert word.unless == ""


# --- Adding and deleting ---


def test_adding(console, guard):
    answer = send(console, f"{WORDS}add/", kind="explosive", word="雷管", severity="2")
    assert answer.url == WORDS
    held = HeldChange.objects.get()
    assert not DangerWord.objects.filter(word="雷管").exists()
    assert ("词语", "—", "雷管") in told(held)
    assert "等待复核的改动" in console.get(f"{WORDS}add/").content.decode()
    approve(guard, held)
    assert DangerWord.objects.get(word="雷管").severity == 2
    entry = log("console.added")
    assert entry.data["after"]["word"] == "雷管"
    assert entry.object_id == str(DangerWord.objects.get(word="雷管").pk)


def test_of_two_that_add_the_same_the_second_is_refused(console, guard):
    first = held_by(console, f"{WORDS}add/", kind="explosive", word="雷管", severity="2")
    second = held_by(console, f"{WORDS}add/", kind="explosive", word="雷管", severity="1")
    approve(guard, first)
    with pytest.raises(Refused, match="未能执行"):
        approve(guard, second)
    second.refresh_from_db()
    assert second.state == State.FAILED
    assert DangerWord.objects.filter(word="雷管").count() == 1


def test_deleting(console, guard, word):
    url = f"{WORDS}{word.pk}/delete/"
    page = console.get(url)
    entered = {"post": "yes", "seen": page.context["seen"]}
    again = console.post(url, entered | {"reason": "急"})
    assert "申请理由须写" in again.content.decode()
    assert console.post(url, entered | {"reason": REASON}).url == WORDS
    held = HeldChange.objects.get()
    assert DangerWord.objects.filter(pk=word.pk).exists()
    assert ("词语", "炸药桶", "—") in told(held)
    approve(guard, held)
    assert not DangerWord.objects.filter(pk=word.pk).exists()
    entry = log("console.deleted")
    assert (entry.data["before"]["word"], entry.data["checker"]) == ("炸药桶", "王安全")
    assert entry.object_id


def test_a_deletion_of_what_has_changed_since_is_stale(console, guard, word):
    url = f"{WORDS}{word.pk}/delete/"
    seen = console.get(url).context["seen"]
    console.post(url, {"post": "yes", "seen": seen, "reason": REASON})
    DangerWord.objects.filter(pk=word.pk).update(severity=1)
    with pytest.raises(Stale):
        approve(guard, HeldChange.objects.get())
    assert DangerWord.objects.filter(pk=word.pk).exists()


def test_lists_have_no_quick_edits_and_no_removal_of_many(console, word):
    page = console.get(WORDS)
    assert "form-0-severity" not in page.content.decode()
    assert "delete_selected" not in page.content.decode()
    quick = {"_save": "1", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1"}
    console.post(WORDS, quick | {"form-0-id": str(word.pk), "form-0-severity": "1"})
    many = {"action": "delete_selected", "_selected_action": [str(word.pk)], "post": "yes"}
    console.post(WORDS, many)
    word.refresh_from_db()
    assert word.severity == 2


@pytest.mark.django_db(transaction=True)
def test_two_edits_of_one_row_approved_at_once_write_once(console, guard, second_guard, word):
    first = held_by(console, change_of(word), unless="烟花")
    second = held_by(console, change_of(word), unless="爆竹")
    outcomes: list[str] = []

    def decide(checker: User, held: HeldChange) -> None:
        try:
            approve(checker, held)
            outcomes.append("done")
        except Stale:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in ((guard, first), (second_guard, second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "stale"]
    assert AuditEntry.objects.filter(action="console.changed").count() == 1


# --- Calendars, with what stands on their page ---


def test_a_calendar_with_its_spans_and_days(console, guard):
    calendar = default_calendar()
    calendar.refresh_from_db()
    revision = calendar.revision
    span = calendar.spans.order_by("weekday", "start_minute").first()
    url = f"/console/clocks/calendar/{calendar.pk}/change/"
    entered = {
        "spans-0-start_minute": str(8 * 60 + 30),
        "spans-1-DELETE": "on",
        "dated-TOTAL_FORMS": "1",
        "dated-0-on": "2031-10-01",
        "dated-0-kind": "holiday",
        "dated-0-name": "国庆节",
    }
    held = held_by(console, url, **entered)
    span.refresh_from_db()
    assert span.start_minute == 9 * 60
    assert not calendar.dated.exists()
    lines = told(held)
    assert ("工作时段（星期一 09:00-12:00）：开始（分钟）", "09:00", "08:30") in lines
    assert any(label == "工作时段" and after == "—" for label, _before, after in lines)
    assert any("国庆节" in after for _label, _before, after in lines)
    approve(guard, held)
    span.refresh_from_db()
    calendar.refresh_from_db()
    assert span.start_minute == 8 * 60 + 30
    assert calendar.dated.get().name == "国庆节"
    assert calendar.revision == revision + 1
    assert calendar.revisions.get(number=calendar.revision).reason == REASON
    assert log("calendar.published").data["reason"] == REASON
    entry = log("console.changed")
    assert entry.data["checker"] == "王安全"
    assert "calendarday" in entry.data["after"]


def test_a_day_set_on_the_calendars_page_voids_what_waits(console, guard):
    calendar = default_calendar()
    held = held_by(console, f"/console/clocks/calendar/{calendar.pk}/change/", name="新名称")
    WorkingSpan.objects.filter(calendar=calendar, weekday=0).delete()
    with pytest.raises(Stale):
        approve(guard, held)
    assert Calendar.objects.get(pk=calendar.pk).name != "新名称"


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"spans-0-end_minute": "1000"}, "不能重叠"),
        (
            {
                "dated-TOTAL_FORMS": "1",
                "dated-0-on": "2031-10-01",
                "dated-0-kind": "makeup",
                "dated-0-name": "调休",
                "dated-0-spans": "早上到晚上",
            },
            "请写成",
        ),
    ],
)
def test_working_time_that_cannot_be_is_told(console, entered, said):
    calendar = default_calendar()
    page = send(console, f"/console/clocks/calendar/{calendar.pk}/change/", **entered)
    assert said in page.content.decode()
    assert not HeldChange.objects.exists()


def test_a_calendar_without_any_working_time_is_refused_at_once(console):
    url = "/console/clocks/calendar/add/"
    page = send(console, url, code="empty", name="空", zone="Asia/Shanghai")
    assert "请至少设置一个工作时段" in page.content.decode()
    assert not HeldChange.objects.exists()
    assert not Calendar.objects.filter(code="empty").exists()


# --- Dictionaries and levels ---


@pytest.fixture
def entry(db: None) -> DictionaryEntry:
    Dictionary.objects.create(code="colour", name="颜色")
    actor = UserFactory()
    save_entry(actor, dictionary_code="colour", code="r", label="红", position=1)
    return save_entry(actor, dictionary_code="colour", code="g", label="绿", position=2)


def test_an_entry_is_written_through_its_service(console, guard, entry):
    url = f"/console/common/dictionaryentry/{entry.pk}/change/"
    held = held_by(console, url, label="青", from_on="2031/01/01")
    assert held.subject_label == "颜色 g 青"
    with translation.override("en"):
        approve(guard, held)
    entry.refresh_from_db()
    assert (entry.label, str(entry.from_on), entry.code) == ("青", "2031-01-01", "g")
    written = log("dictionary_entry.changed")
    assert (written.actor_name, written.data["checker"]) == ("高配置", "王安全")
    assert written.data["before"]["label"] == "绿"


def test_a_circle_of_entries_is_refused_at_once(console, entry):
    red = DictionaryEntry.objects.get(code="r")
    save_entry(UserFactory(), dictionary_code="colour", code="r", label="红", parent_code="g")
    url = f"/console/common/dictionaryentry/{entry.pk}/change/"
    page = send(console, url, parent=str(red.pk))
    assert "上级不能是本项或其下级" in page.content.decode()
    assert not HeldChange.objects.exists()


def test_a_dictionary(console, guard, entry):
    url = f"/console/common/dictionary/{entry.dictionary_id}/change/"
    approve(guard, held_by(console, url, name="色彩"))
    assert Dictionary.objects.get(code="colour").name == "色彩"
    assert entry.dictionary.entries.count() == 2


def test_a_level_in_use_is_not_deleted(console, guard):
    level = AreaLevel.objects.create(code="ring", name="圈", depth=9, code_length=2)
    held = held_by(console, f"/console/places/arealevel/{level.pk}/change/", name="环")
    approve(guard, held)
    level.refresh_from_db()
    assert level.name == "环"
    assert log("console.changed").data["before"] == {"name": "圈"}


def test_a_district_does_not_check_what_holds_for_the_city(client, guard, other_unit, word):
    """The first body's centre stands for the city here; who files sits in the other."""
    maker = make_person("accounts.manage_people", organization=other_unit, full_name="孙区级")
    User.objects.filter(pk=maker.pk).update(is_superuser=True, is_staff=True)
    their_guard = make_person("accounts.manage_roles", organization=other_unit)
    client.force_login(maker)
    held = held_by(client, change_of(word), unless="烟花")
    assert selectors.checkers_of(held) == [guard]
    with pytest.raises(NotAllowed):
        approve(their_guard, held)


# --- One person, and in the log ---


def test_a_word_of_a_class_is_logged_from_the_list_too(console, root):
    row = ClassWord.objects.create(class_code="0101", word="井盖", weight=1)
    url = "/console/nlp/classword/"
    listed = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(row.pk)}
    console.post(url, listed | {"form-0-weight": "3.0", "_save": "1"})
    row.refresh_from_db()
    assert row.weight == 3
    entry = log("console.changed")
    assert (entry.actor_name, entry.object_type) == ("高配置", "nlp.classword")
    assert (entry.data["before"], entry.data["after"]) == ({"weight": "1.0"}, {"weight": "3.0"})
    chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    console.post(url, chosen)
    assert not ClassWord.objects.filter(pk=row.pk).exists()
    assert log("console.deleted").data["before"]["word"] == "井盖"
    assert not HeldChange.objects.exists()


def test_an_asset_class_is_logged_and_its_fields_are_left_alone(console):
    kind = AssetClass.objects.create(
        code="9901", name="井", large_class="公用设施", form={"fields": []}
    )
    url = f"/console/assets/assetclass/{kind.pk}/change/"
    page = console.get(url)
    assert "form" not in page.context["adminform"].form.fields
    entered = {"code": "9901", "name": "窨井", "large_class": "公用设施", "icon": ""}
    console.post(url, entered)
    kind.refresh_from_db()
    assert (kind.name, kind.form) == ("窨井", {"fields": []})
    assert log("console.changed").data["before"] == {"name": "井"}
    console.post(f"/console/assets/assetclass/{kind.pk}/delete/", {"post": "yes"})
    assert log("console.deleted").data["before"]["name"] == "窨井"
