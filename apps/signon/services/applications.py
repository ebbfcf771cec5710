"""The register of applications: applied for, checked by a second person, put live, suspended.

What an application may do and where its users are sent back to is filed as a held change
(``accounts.approvals``) and takes effect when somebody else has approved it; the same holds
for every later change. allauth's ``Client`` is written from here only, and exists exactly
while the application is live. Source: AC-02, AC-09.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from allauth.idp.oidc.models import Client
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.registry import Execution, Proposal, Result
from apps.accounts.models import HeldChange, Organization, Role, User
from apps.audit.services import Actor, record
from apps.common import clock, tokens
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.phrases import series
from apps.signon.addresses import check_entrance, check_logout_address, check_return_addresses
from apps.signon.enums import AccessMode, ApplicationState, Protocol
from apps.signon.hashers import keep
from apps.signon.models import Application
from apps.signon.permissions import can_manage
from apps.signon.selectors import missing_of
from apps.signon.services.grants import end_of_application
from apps.signon.services.keys import ensure_key

ADMIT = "signon-admit"
SCOPES = ("openid", "profile", "email", "phone", "organization")
MOST_ADDRESSES = 20
#: Ways of access that need no client of the provider.
WITHOUT_CLIENT = (AccessMode.PAGE, AccessMode.DATA)
_NO_SECRET = "!"  # noqa: S105  what no secret hashes to


@dataclass(frozen=True)
class ApplicationData:
    """Everything of an application that somebody fills in; plain values, JSON as it stands.

    role_ids, unit_ids: for whom; both empty: everybody of the owner's body.
    """

    name: str
    mode: str
    description: str = ""
    icon: str = "briefcase"
    position: int = 100
    start_url: str = ""
    role_ids: Sequence[int] = ()
    unit_ids: Sequence[int] = ()
    is_shared: bool = False
    protocol: str = Protocol.OIDC.value
    is_public: bool = False
    asks_consent: bool = False
    allows_refresh: bool = True
    allows_device: bool = False
    scopes: Sequence[str] = ("openid", "profile")
    minimum_level: int = 1
    redirect_uris: Sequence[str] = ()
    post_logout_uris: Sequence[str] = ()
    logout_url: str = ""


_PLAIN = [f.name for f in fields(ApplicationData) if f.name not in ("role_ids", "unit_ids")]


@transaction.atomic
def apply_for(
    actor: User, *, owner: Organization, data: ApplicationData, reason: str
) -> Application:
    """Will register an application and file it for a second person. Nothing works yet.

    Raises: NotAllowed; InvalidInput (an address, level or scope cannot be accepted); what
        the engine of approvals refuses (no reason, nobody could check).
    """
    _require_manager(actor, owner.tenant_id)
    check(data)
    application = Application(
        owner=owner,
        state=ApplicationState.APPLIED,
        client_id=tokens.new_token()[:32].replace("-", "a").replace("_", "b"),
        applied_by=actor,
        applied_at=clock.now(),
    )
    _fill(application, data)
    note(actor, "application.applied", application)
    approvals.file_change(actor, proposal=proposal(application, data), reason=reason)
    return application


@transaction.atomic
def propose_change(
    actor: User, *, application_id: int, data: ApplicationData, reason: str
) -> HeldChange:
    """Will file a change of an application for a second person. Locks the application.

    One that was never approved shows the new values at once; what was filed for it before
    is then out of date and cannot be approved any more.

    Raises: NotFound; NotAllowed; InvalidInput; what the engine of approvals refuses.
    """
    application = lock_application(actor, application_id)
    check(data)
    if application.state == ApplicationState.APPLIED:
        application.applied_by = actor
        application.version += 1
        _fill(application, data)
    return approvals.file_change(actor, proposal=proposal(application, data), reason=reason)


@transaction.atomic
def issue_secret(actor: User, *, application_id: int) -> str:
    """Will give a new secret, shown once; the old one stops now. Locks; audited.

    Raises: NotFound; NotAllowed; Refused (not approved yet, or it keeps no secret).
    """
    application = lock_application(actor, application_id)
    if application.state == ApplicationState.APPLIED:
        raise Refused(_("应用尚未批准，不能签发密钥。"))
    if not needs_secret(application):
        raise Refused(_("该应用的接入方式不需要密钥。"))
    secret = tokens.new_token()
    application.secret_hash = keep(secret)
    application.secret_issued_at = clock.now()
    application.save(update_fields=["secret_hash", "secret_issued_at"])
    if application.is_live:
        _publish(application)
    note(actor, "application.secret_issued", application)
    return secret


@transaction.atomic
def go_live(actor: User, *, application_id: int) -> Application:
    """Will open an approved or suspended application to its users. Locks; audited.

    Raises: NotFound; NotAllowed; Refused (not approved, no secret yet, the check list of its
        way of access is not settled, GW-04).
    """
    application = lock_application(actor, application_id)
    if application.is_live:
        return application
    if application.state == ApplicationState.APPLIED:
        raise Refused(_("应用尚未批准，不能上线。"))
    if needs_secret(application) and not application.secret_hash:
        raise Refused(_("请先签发密钥并交给对方，再上线。"))
    if missing := missing_of(application):
        raise Refused(
            _("核对清单还缺：%(items)s。") % {"items": series(item.label for item in missing)}
        )
    application.state, application.live_at = ApplicationState.LIVE, clock.now()
    application.suspended_at, application.suspended_reason = None, ""
    application.save(update_fields=["state", "live_at", "suspended_at", "suspended_reason"])
    _publish(application)
    note(actor, "application.went_live", application)
    return application


@transaction.atomic
def suspend(actor: User, *, application_id: int, reason: str) -> Application:
    """Will close an application at once: no sign-on, every token void. Locks; audited.

    Raises: NotFound; NotAllowed; InvalidInput (no reason); Refused (not live).
    """
    application = lock_application(actor, application_id)
    if not application.is_live:
        raise Refused(_("应用没有上线，不需要停用。"))
    if len(reason.strip()) < 2:
        raise InvalidInput(_("请写明停用原因。"), field="reason")
    end_of_application(application, reason="suspended")
    Client.objects.filter(pk=application.client_id).delete()
    application.state, application.suspended_at = ApplicationState.SUSPENDED, clock.now()
    application.suspended_reason = reason.strip()[:200]
    application.save(update_fields=["state", "suspended_at", "suspended_reason"])
    note(actor, "application.suspended", application, reason=application.suspended_reason)
    return application


def needs_secret(application: Application) -> bool:
    """Will tell whether an application proves itself by a secret."""
    if application.mode in WITHOUT_CLIENT or application.is_public:
        return False
    return application.mode == AccessMode.API or application.protocol == Protocol.OIDC


def proposal(application: Application, data: ApplicationData) -> Proposal:
    """Will propose to let an application work with these settings."""
    settings = asdict(data)
    now = {} if application.approved_at is None else settings_of(application)
    payload = {
        "application_id": application.pk,
        "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()},
        "before": now,
        "roles": [r.name for r in Role.objects.filter(pk__in=data.role_ids).order_by("code")],
        "units": [u.name for u in Organization.objects.filter(pk__in=data.unit_ids)],
    }
    return Proposal(
        act=ADMIT,
        subject_type="signon.application",
        subject_id=application.pk,
        subject_label=data.name,
        organization=application.owner,
        payload=payload,
    )


def admit(execution: Execution) -> Result:
    """Will let the approved settings work; called by the engine of approvals alone."""
    application = Application.objects.select_for_update(of=("self",)).get(
        pk=execution.payload["application_id"]
    )
    data = ApplicationData(**execution.payload["settings"])
    check(data)
    was_live_client = (application.mode, application.protocol, application.is_public)
    _fill(application, data)
    application.version += 1
    application.approved_at = clock.now()
    application.applied_by = execution.maker
    application.approved_by = execution.checker
    if application.state == ApplicationState.APPLIED:
        application.state = ApplicationState.APPROVED
    application.save()
    if application.is_live:
        changed = was_live_client != (data.mode, data.protocol, data.is_public)
        if changed:  # another kind of client: nothing given before holds
            end_of_application(application, reason="changed")
            Client.objects.filter(pk=application.client_id).delete()
        _publish(application)
    note(execution.maker, "application.admitted", application)
    return Result(_("应用“%(name)s”已批准。") % {"name": application.name})


def version_of(payload: dict[str, Any]) -> str:
    """Will read, under lock, what a held change of an application rests on."""
    application = Application.objects.select_for_update(of=("self",)).get(
        pk=payload["application_id"]
    )
    return f"{application.pk}:{application.version}"


def settings_of(application: Application) -> dict[str, Any]:
    """Will give the settings in force, as ``ApplicationData`` has them."""
    found: dict[str, Any] = {name: getattr(application, name) for name in _PLAIN}
    found["role_ids"] = sorted(application.roles.values_list("pk", flat=True))
    found["unit_ids"] = sorted(application.units.values_list("pk", flat=True))
    return found


def check(data: ApplicationData) -> None:
    """Raises: InvalidInput, naming the field that cannot be accepted."""
    if not data.name.strip():
        raise InvalidInput(_("请填写应用名称。"), field="name")
    if data.minimum_level not in (1, 2, 3, 4):
        raise InvalidInput(_("可信等级应为 1 至 4。"), field="minimum_level")
    if data.mode == AccessMode.PAGE and not data.start_url:
        raise InvalidInput(_("页面链接须填写入口地址。"), field="start_url")
    if data.mode == AccessMode.DATA and len(data.description.strip()) < 4:
        raise InvalidInput(_("数据共享须在说明中写明共享哪些数据。"), field="description")
    if data.mode == AccessMode.SSO and not data.redirect_uris:
        raise InvalidInput(_("单点登录须填写至少一个回调地址。"), field="redirect_uris")
    if data.mode == AccessMode.SSO and "openid" not in data.scopes:
        raise InvalidInput(_("单点登录须授权“用户编号”。"), field="scopes")
    if data.mode == AccessMode.API and data.is_public:
        raise InvalidInput(_("接口调用的应用须能保管密钥。"), field="is_public")
    if data.allows_device and not data.is_public:
        raise InvalidInput(_("设备登录只用于无法保管密钥的应用。"), field="allows_device")
    unknown = set(data.scopes) - set(SCOPES)
    if unknown:
        raise InvalidInput(
            _("没有这样的授权范围：%(scope)s。") % {"scope": min(unknown)}, field="scopes"
        )
    for field in ("redirect_uris", "post_logout_uris"):
        if len(getattr(data, field)) > MOST_ADDRESSES:
            raise InvalidInput(_("最多填写 20 个地址。"), field=field)
        check_return_addresses(getattr(data, field), field=field)
    check_entrance(data.start_url)
    check_logout_address(data.logout_url)


def _fill(application: Application, data: ApplicationData) -> None:
    for name in _PLAIN:
        value = getattr(data, name)
        setattr(application, name, list(value) if isinstance(value, tuple) else value)
    application.save()
    application.roles.set(data.role_ids)
    application.units.set(data.unit_ids)


def _publish(application: Application) -> None:
    """Writes the provider's own row from ours."""
    if application.mode in WITHOUT_CLIENT or application.protocol == Protocol.CAS:
        return
    ensure_key()
    client = Client.objects.filter(pk=application.client_id).first()
    if client is None:
        client = Client(id=application.client_id, secret=_NO_SECRET, created_at=clock.now())
    client.name = application.name
    client.secret = application.secret_hash or _NO_SECRET
    client.type = Client.Type.PUBLIC if application.is_public else Client.Type.CONFIDENTIAL
    client.skip_consent = not application.asks_consent
    client.response_types = Client.ResponseType.CODE
    client.set_scopes(application.scopes)
    client.set_default_scopes(["openid"] if application.mode == AccessMode.SSO else [])
    client.set_grant_types(_grant_types(application))
    client.set_redirect_uris(application.redirect_uris)
    client.set_post_logout_redirect_uris(application.post_logout_uris)
    client.save()


def _grant_types(application: Application) -> list[str]:
    if application.mode == AccessMode.API:
        return [Client.GrantType.CLIENT_CREDENTIALS]
    found = [Client.GrantType.AUTHORIZATION_CODE]
    if application.allows_refresh:
        found.append(Client.GrantType.REFRESH_TOKEN)
    if application.allows_device:
        found.append(Client.GrantType.DEVICE_CODE)
    return found


def lock_application(actor: Actor, application_id: int) -> Application:
    """Will give an application the actor manages, locked. Raises: NotFound; NotAllowed."""
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("owner")
        .filter(pk=application_id)
        .first()
    )
    if application is None:
        raise NotFound(_("没有这个接入应用。"))
    _require_manager(actor, application.owner.tenant_id)
    return application


def _require_manager(actor: Actor, tenant_id: int) -> None:
    if not can_manage(actor, tenant_id):
        raise NotAllowed(_("您没有管理该单位接入应用的权限。"))


def note(actor: Actor, action: str, application: Application, **data: object) -> None:
    """Will enter a deed on an application in the log."""
    record(
        actor,
        action,
        object_type="signon.application",
        object_id=application.pk,
        object_label=application.name,
        data={"client_id": application.client_id, **data},
    )
