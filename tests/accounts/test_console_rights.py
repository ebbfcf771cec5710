"""Who opens which page of the console: by the rights of the portal, and only who may enter it."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.common.console.rights import ByRight
from apps.nlp.models import DangerWord
from apps.portal.menu_items import MENU, OPEN_CONSOLE
from tests.accounts.factories import make_person
from tests.cast import Cast
from tests.ops.factories import camera
from tests.people import appointed

pytestmark = pytest.mark.django_db
PAGES = {
    "assets.define_classes": {"assets/assetclass"},
    "assets.register_asset": {"assets/asset"},
    "clocks.edit_calendars": {"clocks/calendar", "clocks/calendarrevision", "clocks/clock"},
    "common.manage_dictionaries": {"common/dictionary", "common/dictionaryentry"},
    "common.manage_outbox": {"common/outboxmessage"},
    "gateway.manage_clients": {"gateway/apiclient"},
    "nlp.edit_words": {"nlp/classword", "nlp/dangerword"},
    "notices.manage_deliveries": {"notices/delivery"},
    "places.manage_areas": {
        "places/area", "places/areaimport", "places/arealevel", "places/areasuccession",
        "places/gazetteerentry",
    },
}  # fmt: skip
OF_SUPERUSERS = {
    "accounts/organization", "accounts/role", "accounts/tenant", "accounts/user",
}  # fmt: skip


def staff(*rights: str, cast: Cast) -> User:
    person = make_person(*rights, organization=cast.center)
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    return person


def entered(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def opened(person: User) -> set[str]:
    client = entered(person)
    pages = (f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry)
    return {page for page in pages if client.get(f"/console/{page}/").status_code == 200}


@pytest.mark.parametrize("right", PAGES)
def test_a_right_opens_its_pages_and_no_other(cast: Cast, right: str) -> None:
    assert opened(staff(right, cast=cast)) == PAGES[right]


def test_every_page_is_of_a_right_or_of_superusers(cast: Cast) -> None:
    root = User.objects.create_superuser("root", full_name="超级")
    assert opened(root) == OF_SUPERUSERS.union(*PAGES.values())


def test_without_a_right_nothing_opens(cast: Cast) -> None:
    assert opened(staff(cast=cast)) == set()


def test_a_right_alone_does_not_open_the_console(cast: Cast) -> None:
    person = make_person("nlp.edit_words", organization=cast.center)
    assert opened(person) == set()
    assert "/console/" not in entered(person).get("/").content.decode()


def test_the_menu_leads_there_whoever_may_enter(cast: Cast) -> None:
    assert set(OPEN_CONSOLE) == {
        page.right for page in admin.site._registry.values() if hasattr(page, "right")
    }
    assert {page.right for page in admin.site._registry.values() if hasattr(page, "right")} == set(
        PAGES
    )
    [line] = [item for group in MENU for item in group.items if item.url_name == "admin:index"]
    assert line.for_staff
    home = entered(staff("nlp.edit_words", cast=cast)).get("/").content.decode()
    assert 'href="/console/"' in home


def test_rights_per_model_open_nothing(cast: Cast) -> None:
    """Django's own, which a role of no city carries."""
    words = Permission.objects.get(content_type__app_label="nlp", codename="change_dangerword")
    person = staff("nlp.change_dangerword", cast=cast)
    assert person.has_perm(f"nlp.{words.codename}")
    assert opened(person) == set()


def test_every_row_below_a_page_has_the_right_of_its_page() -> None:
    for page in admin.site._registry.values():
        for inline in page.inlines:
            assert issubclass(inline, ByRight), inline
            assert inline.right == page.right, inline


def test_the_system_administrator_files_and_the_security_administrator_lets_it_happen(
    cast: Cast,
) -> None:
    keeper = appointed("sysadmin", cast.center, role="system_admin")
    guard = appointed("secadmin", cast.center, role="security_admin")
    User.objects.filter(pk=keeper.pk).update(is_staff=True)
    word = DangerWord.objects.create(kind="explosive", word="炸药桶", severity=2)
    client = entered(keeper)
    address = f"/console/nlp/dangerword/{word.pk}/change/"
    page: Any = client.get(address)
    filled = {"kind": word.kind, "word": word.word, "severity": "2", "unless": "烟花"}
    filled |= {"seen": page.context["seen"], "reason": "值班复盘：误报太多"}
    assert client.post(address, filled).status_code == 302
    word.refresh_from_db()
    assert word.unless == ""
    waiting = entered(guard).get("/people/approvals/").content.decode()
    assert "炸药桶" in waiting


def test_assets_are_those_of_the_register(cast: Cast) -> None:
    theirs = camera(cast, "西区的", west=True)
    ours = camera(cast, "东区的")
    person = make_person("assets.register_asset", organization=cast.east_works)
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    client = entered(person)
    seen = {
        asset.pk
        for asset in (theirs, ours)
        if client.get(f"/console/assets/asset/{asset.pk}/change/").status_code == 200
    }
    assert seen == {ours.pk}
    assert Asset.objects.count() == 2
