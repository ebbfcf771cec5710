"""Products written, published, asked for and counted. Source: IO-05."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.texts import REASON_MOST, clean_reason
from apps.notices.services import notify
from apps.places.models import Area
from apps.products.enums import LIVE_STATES, Grain, GrantState, ProductState, Step
from apps.products.models import DataProduct, ProductGrant
from apps.products.permissions import (
    KEEP,
    VIEW,
    can_keep_of,
    reading_unit,
    require_keep_in,
    require_keep_of,
    units_of,
)
from apps.products.selectors import PLACES, require_sound
from apps.sensing.enums import FieldKind
from apps.sensing.models import DeviceProfile, ProfileField

_CODE = re.compile(r"[a-z0-9][a-z0-9-]*")
_TEXTS = ("name", "description", "terms", "is_open")
#: What a row means; published figures keep their meaning.
_MEANING = ("unit", "code", "area", "grain", "step", "field_code")


@dataclass(frozen=True)
class ProductSpec:
    """A product as it shall be; see ``DataProduct``. profiles: at least one."""

    unit: Organization
    code: str
    name: str
    profiles: Sequence[DeviceProfile]
    field_code: str
    area: Area
    grain: str = Grain.DEVICE
    step: str = Step.HOUR
    description: str = ""
    terms: str = ""
    is_open: bool = False


@transaction.atomic
def save_product(actor: Actor, *, spec: ProductSpec, product_id: int | None = None) -> DataProduct:
    """Will write a product, new or over the one given, which is locked; audited with both sides.

    Raises: NotAllowed (not a unit or an area of the actor, as it was or shall be); NotFound;
    Refused (published, and its meaning would change); InvalidInput (the field of ``spec``).
    """
    require_keep_in(actor, spec.unit, spec.area)
    field = _require_sense(spec)
    product = _locked(actor, product_id) if product_id is not None else _begun(actor)
    before = _told(product) if product.pk else {}
    for name in (*_TEXTS, *_MEANING):
        setattr(product, name, getattr(spec, name))
    product.field_name, product.field_unit = field.name, field.unit
    after = _told(product) | {"profiles": sorted(one.code for one in spec.profiles)}
    changed = {name for name in after if before and before[name] != after[name]}
    if product.is_published and changed - set(_TEXTS):
        raise Refused(_("已发布的数据产品不能改变数据含义，请先撤回"))
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        raise InvalidInput(_("已有相同代码的数据产品"), field="code") from error
    product.profiles.set(spec.profiles)
    action = "data_product.changed" if before else "data_product.created"
    audit.record_row(actor, action, product, **audit.changes(before, after))
    return product


@transaction.atomic
def publish_product(actor: Actor, *, product_id: int) -> DataProduct:
    """Will put a product into the catalogue. Locks it; audited.

    Raises: NotFound; NotAllowed; Refused (published already, its profiles have changed).
    """
    product = _locked(actor, product_id)
    if product.is_published:
        raise Refused(_("该数据产品已发布"))
    require_sound(product)
    product.published_at, product.publisher_name = clock.now(), actor.display_name[:100]
    return _move(actor, product, ProductState.PUBLISHED)


@transaction.atomic
def withdraw_product(actor: Actor, *, product_id: int, reason: str) -> DataProduct:
    """Will take a product out of the catalogue and tell who reads it. Locks it; audited.

    Grants stay and hold again once it is published anew. reason: 4-300 characters.
    Raises: NotFound; NotAllowed; Refused (not published); InvalidInput ("reason").
    """
    why = clean_reason(reason, _("理由"))
    product = _locked(actor, product_id)
    if not product.is_published:
        raise Refused(_("该数据产品没有发布"))
    _move(actor, product, ProductState.WITHDRAWN, reason=why)
    for grant in product.grants.filter(state__in=LIVE_STATES).select_related("asker"):
        _tell(grant, [grant.asker], _("数据产品已撤回：%(name)s"), why)
    return product


@transaction.atomic
def ask_for(actor: User, *, product_id: int, unit: Organization, purpose: str) -> ProductGrant:
    """Will ask for a product for one of the actor's units and tell who decides; audited.

    purpose: 4-300 characters. Locks the product.
    Raises: NotFound (not in the catalogue); NotAllowed; InvalidInput ("purpose");
        Refused (open to all; asked for already).
    """
    if not actor.has_perm(VIEW) or unit not in units_of(actor):
        raise NotAllowed(_("只能为本人任职的单位申请数据产品"))
    why = clean_reason(purpose, _("用途"), field="purpose")
    found = DataProduct.objects.select_for_update(of=("self",)).select_related("unit")
    product = found.filter(
        pk=product_id, state=ProductState.PUBLISHED, unit__tenant_id=unit.tenant_id
    ).first()
    if product is None:
        raise NotFound(_("没有这个数据产品"))
    if product.is_open:
        raise Refused(_("该数据产品无须申请即可使用"))
    _end_lapsed(actor, product, unit)
    if product.grants.filter(unit=unit, state__in=LIVE_STATES).exists():
        raise Refused(_("该单位已申请或已获授权"))
    grant = ProductGrant.objects.create(
        product=product, unit=unit, purpose=why, asker=actor, asked_at=clock.now()
    )
    _note(actor, "data_product.asked", grant, purpose=why)
    may = [one for one in _keepers(product) if one != actor]
    _tell(grant, may, _("有单位申请数据产品：%(name)s"), why)
    return grant


@transaction.atomic
def grant_product(
    actor: User, *, grant_id: int, until: date | None = None, reason: str = ""
) -> ProductGrant:
    """Will let a unit read a product, to the end of a day or without end; audited and told.

    Locks the grant. Raises: NotFound; NotAllowed (not a keeper, or one's own asking);
        Refused (decided already); InvalidInput ("until": past).
    """
    if until is not None and until < clock.today():
        raise InvalidInput(_("有效期不能早于今天"), field="until")
    return _decide(actor, grant_id, GrantState.GRANTED, reason.strip()[:REASON_MOST], until)


@transaction.atomic
def refuse_product(actor: User, *, grant_id: int, reason: str) -> ProductGrant:
    """Will refuse it; reason: 4-300 characters. As ``grant_product``."""
    return _decide(actor, grant_id, GrantState.REFUSED, clean_reason(reason, _("理由")), None)


@transaction.atomic
def end_grant(actor: User, *, grant_id: int, reason: str) -> ProductGrant:
    """Will end what waits or holds: by a keeper, or by a unit that needs it no more; audited.

    reason: 4-300 characters. Locks the grant.
    Raises: NotFound; NotAllowed; Refused (ended already); InvalidInput ("reason").
    """
    why = clean_reason(reason, _("理由"))
    grant = _locked_grant(grant_id)
    if not can_keep_of(actor, grant.product.unit) and grant.unit not in units_of(actor):
        raise NotFound(_("没有这项申请"))
    if grant.state not in LIVE_STATES:
        raise Refused(_("这项申请已经了结"))
    before = {"state": grant.state}
    grant.state, grant.reason, grant.ended_at = GrantState.ENDED, why, clock.now()
    grant.save(update_fields=["state", "reason", "ended_at"])
    _note(actor, "data_product.ended", grant, **_change(before, grant))
    told = {grant.asker, *_keepers(grant.product)} - {actor}
    _tell(grant, told, _("数据产品授权已终止：%(name)s"), why)
    return grant


def count_use(reader: User, product: DataProduct, *, rows: int) -> None:
    """Will count one reading of a product today, for the unit of the reader it is read for."""
    unit = reading_unit(reader, product)
    if unit is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into products_productuse (product_id, unit_id, day, times, rows)"
            " values (%s, %s, %s, 1, %s) on conflict (product_id, unit_id, day) do update"
            " set times = products_productuse.times + 1,"
            " rows = products_productuse.rows + excluded.rows",
            [product.pk, unit.pk, clock.today(), rows],
        )


def _keepers(product: DataProduct) -> list[User]:
    may = users_with_permission(KEEP).filter(tenant_id=product.unit.tenant_id)
    return [one for one in may if can_keep_of(one, product.unit)]


def _end_lapsed(actor: User, product: DataProduct, unit: Organization) -> None:
    """Closes a grant whose last day has passed, so that the unit may ask again."""
    lapsed = product.grants.select_for_update(of=("self",)).filter(
        unit=unit, state=GrantState.GRANTED, until__lt=clock.today()
    )
    for grant in lapsed:
        before = {"state": grant.state}
        grant.state, grant.ended_at, grant.reason = GrantState.ENDED, clock.now(), _("已到期")
        grant.save(update_fields=["state", "ended_at", "reason"])
        _note(actor, "data_product.ended", grant, **_change(before, grant))


def _locked(actor: Actor, product_id: int) -> DataProduct:
    found = DataProduct.objects.select_for_update(of=("self",)).select_related("unit", "area")
    product = found.filter(pk=product_id).first()
    if product is None:
        raise NotFound(_("没有这个数据产品"))
    require_keep_of(actor, product.unit)
    return product


def _locked_grant(grant_id: int) -> ProductGrant:
    found = ProductGrant.objects.select_for_update(of=("self",))
    grant = found.select_related("product__unit", "unit", "asker").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound(_("没有这项申请"))
    return grant


def _begun(actor: Actor) -> DataProduct:
    return DataProduct(author_name=actor.display_name[:100], created_at=clock.now())


def _require_sense(spec: ProductSpec) -> ProfileField:
    """The field that is measured, where the same one is in every profile."""
    for name, words in (("name", _("请填写名称")), ("code", _("请填写代码"))):
        if not getattr(spec, name).strip():
            raise InvalidInput(words, field=name)
    if not _CODE.fullmatch(spec.code) or spec.code == "new":
        words = _("代码只用小写字母、数字和连字符，且不能是 new")
        raise InvalidInput(words, field="code")
    for name, choices in (("grain", Grain), ("step", Step)):
        if getattr(spec, name) not in choices.values:
            raise InvalidInput(_("没有这个选项"), field=name)
    if not spec.profiles:
        raise InvalidInput(_("请选择设备型号"), field="profiles")
    if spec.field_code in PLACES:
        raise InvalidInput(_("位置不能作为数据产品提供"), field="field_code")
    found: list[ProfileField] = []
    for profile in spec.profiles:
        fields = {field.code: field for field in profile.fields.all()}
        if fields.keys() & set(PLACES):
            said = {"profile": profile.name}
            raise InvalidInput(
                _("“%(profile)s”随人或车移动，其数据不能作为数据产品提供") % said, field="profiles"
            )
        field = fields.get(spec.field_code)
        if field is None or field.kind != FieldKind.NUMBER:
            said = {"profile": profile.name, "field": spec.field_code}
            raise InvalidInput(
                _("“%(profile)s”没有数值型的监测量“%(field)s”") % said, field="profiles"
            )
        found.append(field)
    if len({field.unit for field in found}) > 1:
        raise InvalidInput(_("所选型号的这个监测量单位不同"), field="profiles")
    return found[0]


def _told(product: DataProduct) -> dict[str, Any]:
    told = audit.snapshot(product, *_TEXTS, *_MEANING)
    codes = product.profiles.values_list("code", flat=True) if product.pk else ()
    return told | {"profiles": sorted(codes)}


def _move(actor: Actor, product: DataProduct, state: ProductState, **more: Any) -> DataProduct:
    before = {"state": product.state}
    product.state = state
    product.save(update_fields=["state", "published_at", "publisher_name"])
    changed = audit.changes(before, {"state": product.state})
    audit.record_row(actor, f"data_product.{state}", product, **changed, **more)
    return product


def _decide(
    actor: User, grant_id: int, state: GrantState, reason: str, until: date | None
) -> ProductGrant:
    grant = _locked_grant(grant_id)
    require_keep_of(actor, grant.product.unit)
    if actor == grant.asker:
        raise NotAllowed(_("不能审批本人提出的申请"))
    if grant.state != GrantState.WAITING:
        raise Refused(_("这项申请已经了结"))
    before = {"state": grant.state, "until": None}
    grant.state, grant.reason, grant.until = state, reason, until
    grant.decider, grant.decided_at = actor, clock.now()
    grant.save(update_fields=["state", "reason", "until", "decider", "decided_at"])
    _note(actor, f"data_product.{state}", grant, reason=reason, **_change(before, grant))
    title = _("数据产品已授权：%(name)s") if until is None else _("数据产品已限期授权：%(name)s")
    if state == GrantState.REFUSED:
        title = _("数据产品申请被拒绝：%(name)s")
    _tell(grant, [grant.asker], title, reason)
    return grant


def _change(before: dict[str, Any], grant: ProductGrant) -> dict[str, Any]:
    until = grant.until.isoformat() if grant.until else None
    return audit.changes(before, {"state": grant.state, "until": until})


def _note(actor: Actor, action: str, grant: ProductGrant, **data: Any) -> None:
    audit.record_row(actor, action, grant, **data)


def _tell(grant: ProductGrant, people: Iterable[User], title: str, body: str) -> None:
    notify(
        recipients=people,
        kind="request",
        title=title % {"name": grant.product.name},
        body=body,
        url=f"/products/{grant.product.code}/",
        key=f"product-grant:{grant.pk}:{grant.state}:{grant.product.state}:{clock.now().isoformat()}",
    )
