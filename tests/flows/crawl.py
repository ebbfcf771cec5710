"""Opens every page a person can click to: it answers, it fits, it is reachable, it is quiet."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error

from apps.accounts.approvals import acts
from apps.accounts.approvals import services as approvals
from apps.accounts.models import User
from apps.common import clock
from tests.cast import ROLES, Cast, _person
from tests.flows.conftest import Town, work
from tests.flows.width import overflow
from tests.guides.factories import allowance, birth, lay_on, switch_on
from tests.hotline.factories import article, demand, editors
from tests.matters import ears
from tests.matters import factories as make

# The widest last: axe looks at the page as it is then.
WIDTHS = (390, 1024, 1440)
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
ADMIN_ROLE = "system_admin"
ADMIN_PERMISSIONS = [
    "accounts.manage_people",
    "accounts.manage_roles",
    "clocks.edit_calendars",
    "gateway.manage_clients",
    "gateway.manage_connectors",
    "signon.manage_applications",
    "audit.read_audit",
    "evidence.handle_alarms",
    "evidence.set_alarm_rules",
    "evidence.view_board",
    "evidence.keep_board",
    "evidence.manage_witnesses",
    "personnel.manage_staff",
    "personnel.approve_staff",
    "residents.view_accounts",
    "residents.manage_accounts",
    "rules.view_ruletable",
    "rules.edit_rules",
    "places.manage_areas",
    "onemap.manage_layers",
    "onemap.export_tiles",
    "onemap.approve_sharing",
    "geodata.keep_datasets",
    "geodata.analyse",
]
# Not pages: downloads, and the documents of the API drawn by a library of its own.
LEFT_OUT = ("/export/", "/files/", "/recording/", "/sheet/", "/logout/", "/api/docs/", "/console/")
# What was violated and where; the page keeps the rest of what axe has found.
VIOLATIONS = """options => axe.run(options).then(found => found.violations.map(
    each => [each.id, each.nodes.slice(0, 2).map(node => node.html.slice(0, 140))]))"""
LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"


def walk(town: Town, settings: Any, *names: str, doors: tuple[str, ...] = ()) -> "Crawl":
    """Will open, two clicks deep, what these people see, and what lies behind public doors."""
    # The town of the tests is no demo city; its page is there only once one is loaded.
    settings.DEMO = False
    people = furnish(town)
    crawl = Crawl(town)
    for name in names:
        page = town.enter(people(name))
        crawl.walk(page, "/", depth=2)
        page.context.close()
    for door in doors:
        crawl.walk(town.window(), door, depth=2)
    return crawl


def furnish(town: Town) -> Callable[[str], User]:
    """Will put something on every list, and give the people by name."""
    cast = town.cast
    ears.active(cast)
    demand(cast)
    make.accepted(cast)
    make.dispatched(cast)
    make.act(
        cast.handler, make.handling(cast), "request_extension", {"days": 2, "reason": "需采购"}
    )
    make.answered(cast)
    make.closed(cast)
    writer, approver = editors(cast)
    article(cast, writer, approver)
    lay_on(cast)
    switch_on(cast.issuer, cast, share=100)
    birth(cast)
    allowance(cast)
    work()
    ROLES.setdefault(ADMIN_ROLE, ADMIN_PERMISSIONS)
    admin = _person("admin", "管理员", ADMIN_ROLE, cast.center)
    file_changes(_person("maker", "提交人", ADMIN_ROLE, cast.center), cast)
    return {"writer": writer, "admin": admin, **cast.people}.__getitem__


def file_changes(maker: User, cast: Cast) -> None:
    """Will let one change wait for the administrator, and one made alone for a review."""
    supervisors = cast.supervisor.appointments.get().post
    for person, file in (
        (cast.callback, approvals.file_change),
        (cast.handler, approvals.act_alone),
    ):
        proposal = acts.appointment(user=person, post=supervisors, from_on=clock.today())
        file(maker, proposal=proposal, reason="督查员突发疾病，夜间无人值守")


class Crawl:
    """Opens pages once per kind of address and notes what is wrong with each.

    only_colours: in another theme the same page can differ in nothing else.
    """

    def __init__(self, town: Town, *, only_colours: bool = False) -> None:
        self.town = town
        self.only_colours = only_colours
        self.seen: set[str] = set()
        self.faults: list[str] = []

    def walk(self, page: Any, start: str, *, depth: int) -> None:
        """Will open ``start`` and what is linked from it, ``depth`` clicks deep."""
        todo = [(start, depth)]
        opened: set[str] = set()
        while todo:
            path, left = todo.pop(0)
            kind = kind_of(path)
            if kind in opened:
                continue
            opened.add(kind)
            is_new = kind not in self.seen or path == start
            if not is_new and left == 0:
                continue
            links = self.open(page, path, examine=is_new)
            self.seen.add(kind)
            if left:
                todo += [(link, left - 1) for link in links]

    def open(self, page: Any, path: str, *, examine: bool) -> list[str]:
        try:
            answer = page.goto(self.town.url + path, wait_until="load")
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return []  # a file: it has no page to examine
        if answer is None or answer.status != 200:
            self.faults.append(f"{path}: {answer.status if answer else 'no answer'}")
            return []
        links = [link for link in (inner(href, page) for href in page.evaluate(LINKS)) if link]
        if examine:
            self.examine(page, path)
        return links

    def examine(self, page: Any, path: str) -> None:
        for width in () if self.only_colours else WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if too_wide := overflow(page):
                self.faults.append(f"{path}: {too_wide}")
        # Without preload axe leaves the style sheets alone; it would look for their imports beside
        # the page, which are not there.
        # Nothing but the violations is read, so nothing else is worked out: a third of the time.
        options: dict[str, Any] = {
            "preload": False,
            "resultTypes": ["violations"],
            "selectors": False,
        }
        if self.only_colours:
            options["runOnly"] = {"type": "rule", "values": COLOUR_RULES}
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(VIOLATIONS, options)
        self.faults += [f"{path}: {rule} {nodes}" for rule, nodes in found]


def kind_of(path: str) -> str:
    """Will give the address without what tells one record from another.

    Filters and pages of one list are one kind; piles of a queue differ.
    """
    parts = urlsplit(path)
    kept = [p for p in parts.path.split("/") if not any(c.isdigit() for c in p)]
    tab = [q for q in parts.query.split("&") if q.startswith("tab=")]
    return "/".join(kept) + "?" + "".join(tab)


def inner(href: str, page: Any) -> str:
    """Will give the path of a link of ours that leads to a page, "" for any other."""
    if href.startswith("?"):
        href = urlsplit(page.url).path + href
    if not href.startswith("/") or any(part in href for part in LEFT_OUT):
        return ""
    return href.split("#")[0]
