"""Where apps tell what they protect: what is told by nobody is denied. Source: AC-07.

Nothing is copied. An app says in ``AppConfig.ready`` how its resources of one kind are listed for
a viewer and how one of them reads in the register (``register_source``); the guard that opens or
refuses them stays with the app and is the one the tests ask.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from apps.accounts.models import User

Text = Promise | str


class ResourceKind(TextChoices):
    """What a protected resource is."""

    APPLICATION = "application", _("应用")
    MENU = "menu", _("菜单")
    INTERFACE = "interface", _("接口")
    DATASET = "dataset", _("数据集")
    CAMERA = "camera", _("摄像机")
    LAYER = "layer", _("图层")


class DefaultPolicy(TextChoices):
    """Who may use a resource before anybody is given anything for it alone."""

    DENIED = "denied", _("一律拒绝")
    GRANT = "grant", _("凭授予")
    RIGHT = "right", _("凭权限")
    SCOPE = "scope", _("按单位范围")
    STAFF = "staff", _("登录人员均可")
    PUBLIC = "public", _("向社会公开")


@dataclass(frozen=True)
class ProtectedEntry:
    """One resource as the register shows it.

    owner: the unit that answers for it, or the part of the platform. rights: any of them
    ("app.codename") opens it. opened_by: what else does, in words. url: where it is kept.
    """

    kind: ResourceKind
    code: str
    name: Text
    owner: Text
    policy: DefaultPolicy
    rights: tuple[str, ...] = ()
    opened_by: Text = ""
    state: Text = ""
    url: str = ""


@dataclass(frozen=True)
class ResourceSource:
    """How the resources of one kind are found in one app.

    rows(viewer, text): those in the viewer's reach (``selectors.reach_of``) whose name or code
    has ``text`` in it; a query of fixed order, so that pages are cut by the database, or a short
    list. entry: how one of the rows reads.
    """

    code: str
    kind: ResourceKind
    rows: "Callable[[User, str], QuerySet[Any] | Sequence[Any]]"
    entry: Callable[[Any], ProtectedEntry]


_sources: dict[str, ResourceSource] = {}


def register_source(source: ResourceSource) -> None:
    """Will make resources known. Raises: ValueError (the code is taken)."""
    if _sources.get(source.code, source) is not source:
        raise ValueError(f"source {source.code} is already registered")
    _sources[source.code] = source


def sources_of(kind: str) -> list[ResourceSource]:
    """Will give what tells of resources of one kind, by code."""
    return [_sources[code] for code in sorted(_sources) if _sources[code].kind == kind]


def platform_owner(app: Text) -> Text:
    """Will name the owner of what comes with the platform: the platform and the part of it."""
    return _("平台 · %(app)s") % {"app": app}


@contextmanager
def temporarily(source: ResourceSource) -> Iterator[None]:
    """Will make a source known within the block; for tests."""
    register_source(source)
    try:
        yield
    finally:
        del _sources[source.code]
