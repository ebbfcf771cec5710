"""Definitions written in rows: what stays, what is made of new rows, what is refused."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.registry.models import FieldSet, SpecialType
from tests.cast import Cast
from tests.registry.factories import BODY, special_type
from tests.registry.test_pages import signed_in


def posted(client: Client, address: str) -> dict[str, Any]:
    """Will give what a browser sends of a page as it was opened."""
    context = client.get(address).context
    sent: dict[str, Any] = {}
    groups = [rows for _h, _t, rows in context["sections"]] if "sections" in context else []
    for rows in groups or [context["rows"]]:
        for form in [rows.management_form, *rows.forms]:
            for field in form:
                value = field.value()
                if value not in (None, "", False):
                    sent[field.html_name] = "on" if value is True else value
    if "form" in context:
        form = context["form"]
        sent |= {
            n: form[n].value() for n in ("code", "name", "escalation_days") if n in form.fields
        }
        sent["is_active"] = "on"
    return sent


def test_a_type_saved_untouched_stays_as_it_was(staffed: Cast) -> None:
    kind = special_type(staffed)
    client, address = signed_in(staffed.registrar), reverse("registry:type-edit", args=[kind.pk])
    assert client.post(address, posted(client, address)).status_code == 302
    kind.refresh_from_db()
    moves = sorted(kind.body.pop("moves"))
    assert kind.body | {"moves": moves} == BODY | {"moves": sorted(BODY["moves"])}


def test_rows_are_added_moved_and_struck_out(staffed: Cast) -> None:
    kind = special_type(staffed)
    client, address = signed_in(staffed.registrar), reverse("registry:type-edit", args=[kind.pk])
    sent = posted(client, address) | {
        "grades-2-label": "极高",
        "grades-2-visit_days": "3",
        "tests-0-DELETE": "on",
        "states-0-to": "失访",
        "fields-1-label": "用药",
        "fields-1-type": "choice",
        "fields-1-choices_text": "规律\n间断\n",
        "fields-1-ORDER": "1",
    }
    assert client.post(address, sent).status_code == 302
    kind.refresh_from_db()
    assert kind.body["grades"][2] == {"code": "ji_gao", "label": "极高", "visit_days": 3}
    assert kind.body["tests"] == []
    assert kind.body["moves"] == [["in_care", "lost"], ["lost", "in_care"]]
    choices = [["gui_lv", "规律"], ["jian_duan", "间断"]]
    made = {"name": "yong_yao", "label": "用药", "type": "choice", "choices": choices}
    assert made in kind.body["fields"]
    assert BODY["fields"][0] in kind.body["fields"]


def test_a_bad_row_is_told_and_nothing_is_saved(staffed: Cast) -> None:
    kind = special_type(staffed)
    client, address = signed_in(staffed.registrar), reverse("registry:type-edit", args=[kind.pk])
    sent = posted(client, address)
    for wrong, text in (
        ({"states-0-to": "失踪"}, "没有“失踪”这个状态"),
        ({"grades-0-visit_days": "0"}, "1"),
        ({"grades-1-label": "低"}, "“低”出现了两次"),
        ({"fields-0-type": "choice"}, "请列出选项，或选一个字典"),
        ({"states-0-DELETE": "on", "states-1-DELETE": "on", "states-2-DELETE": "on"}, "状态"),
    ):
        answer = client.post(address, sent | wrong)
        assert answer.status_code == 422
        assert text in answer.content.decode()
    kind.refresh_from_db()
    assert (kind.body, kind.number) == (BODY, 1)


def test_a_definition_is_carried_by_a_file(staffed: Cast) -> None:
    kind = special_type(staffed)
    client = signed_in(staffed.registrar)
    body = json.loads(client.get(reverse("registry:type-export", args=[kind.pk])).content)
    assert body == BODY
    address = reverse("registry:type-import", args=[kind.pk])
    for content, number in (
        (b"{", 1),
        (json.dumps(body | {"states": []}).encode(), 1),
        (json.dumps(body | {"tests": []}).encode(), 2),
    ):
        client.post(address, {"file": SimpleUploadedFile("d.json", content)})
        kind.refresh_from_db()
        assert kind.number == number
    assert kind.body["tests"] == []


def test_further_fields_keep_what_rows_do_not_show(staffed: Cast) -> None:
    kept = {
        "name": "lift",
        "label": "电梯",
        "type": "text",
        "show_if": {"field": "floors", "in": ["3"]},
    }
    day = {"name": "built_on", "label": "建成", "type": "date", "max": "today"}
    number = {"name": "floors", "label": "层数", "type": "integer", "min": 1}
    client = signed_in(staffed.registrar)
    upload = SimpleUploadedFile("f.json", json.dumps({"fields": [number, kept, day]}).encode())
    client.post(reverse("registry:fields-import", args=["premises"]), {"file": upload})
    address = reverse("registry:fields-edit", args=["premises"])
    sent = posted(client, address) | {"fields-0-max": "80", "fields-0-required": "on"}
    assert client.post(address, sent).status_code == 302
    wanted = [number | {"required": True, "max": 80}, kept, day]
    assert FieldSet.objects.latest("number").body["fields"] == wanted


def test_others_find_no_definition(staffed: Cast) -> None:
    kind = special_type(staffed)
    for user, status in ((staffed.collector, 403), (staffed.reader, 403)):
        client = signed_in(user)
        for name in ("type-edit", "type-export"):
            assert client.get(reverse(f"registry:{name}", args=[kind.pk])).status_code == status
    assert SpecialType.objects.get(pk=kind.pk).number == 1
