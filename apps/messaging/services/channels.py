"""Accounts and ready answers, kept by people (HL-01, HL-02)."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput
from apps.hotline.enums import Nature
from apps.hotline.models import Line
from apps.matters.enums import Channel
from apps.messaging.enums import WRITTEN, IntakeRule
from apps.messaging.models import ChannelAccount, ReplyTemplate
from apps.messaging.permissions import require_keep_in
from apps.messaging.registry import sender_choices
from apps.messaging.services.reaching import sealed, secrets_of

#: The secrets each way out and its way in know; nothing else is kept.
SECRETS = {
    "wechat": ("token", "app_secret", "aes_key"),
    "sms": ("inbound",),
    "mail": ("password",),
    "line": ("inbound", "outbound"),
    "app": ("push",),
    "simulator": ("token", "app_secret", "aes_key", "inbound", "outbound"),
}
_KEPT = (
    "name", "code", "channel", "sender", "unit", "line", "options", "intake_rule", "class_code",
    "nature", "greeting", "is_active", "is_receive_only",
)  # fmt: skip


@dataclass(frozen=True)
class AccountSpec:
    """What an account shall be. secrets: those to be replaced; one not named stays."""

    code: str
    name: str
    channel: str
    sender: str
    unit: Organization
    line: Line | None = None
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    intake_rule: str = IntakeRule.BY_HAND
    class_code: str = ""
    nature: str = Nature.HELP
    greeting: str = ""
    is_active: bool = True
    is_receive_only: bool = False


@transaction.atomic
def save_account(
    actor: Actor, *, spec: AccountSpec, account_id: int | None = None
) -> ChannelAccount:
    """Will write an account; its secrets are sealed and never shown again. Audited, without them.

    Raises: NotAllowed; InvalidInput (the field that is wrong or taken).
    """
    require_keep_in(actor, spec.unit)
    _check(spec, account_id)
    row = ChannelAccount.objects.select_for_update(of=("self",)).filter(pk=account_id or 0).first()
    account = row or ChannelAccount(tenant=spec.unit.tenant)
    if row is not None:
        require_keep_in(actor, row.unit)
    before = audit.snapshot(account, *_KEPT)
    for name in _KEPT:
        setattr(account, name, getattr(spec, name))
    secrets = {k: v for k, v in spec.secrets.items() if v}
    if secrets:
        account.secrets = sealed(secrets_of(account) | secrets)
    account.save()
    changed = audit.changes(before, audit.snapshot(account, *_KEPT))
    if changed["after"] or secrets:
        audit.record(
            actor,
            "channel_account.saved" if row is not None else "channel_account.opened",
            object_type="messaging.channel_account",
            object_id=account.pk,
            object_label=account.name,
            data={**changed, "replaced_secrets": sorted(secrets)},
        )
    return account


@transaction.atomic
def save_template(
    actor: Actor,
    *,
    unit: Organization,
    title: str,
    text: str,
    channel: str = "",
    is_active: bool = True,
    template_id: int | None = None,
) -> ReplyTemplate:
    """Will write a ready answer of a unit's desk. Audited.

    Raises: NotAllowed; InvalidInput (fields "title", "text").
    """
    require_keep_in(actor, unit)
    if not 1 <= len(title.strip()) <= 40:
        raise InvalidInput(_("标题应为1到40个字"), field="title")
    if not 1 <= len(text.strip()) <= 1000:
        raise InvalidInput(_("内容应为1到1000个字"), field="text")
    fields = ("title", "text", "channel", "is_active", "unit")
    row = ReplyTemplate.objects.select_for_update(of=("self",)).filter(pk=template_id or 0).first()
    template = row or ReplyTemplate()
    if row is not None:
        require_keep_in(actor, row.unit)
    before = audit.snapshot(template, *fields)
    template.unit, template.title, template.text = unit, title.strip(), text.strip()
    template.channel, template.is_active = channel, is_active
    template.save()
    changed = audit.changes(before, audit.snapshot(template, *fields))
    if changed["after"]:
        audit.record(
            actor,
            "reply_template.saved",
            object_type="messaging.reply_template",
            object_id=template.pk,
            object_label=template.title,
            data=changed,
        )
    return template


def _check(spec: AccountSpec, account_id: int | None) -> None:
    if spec.channel not in {one.value for one in WRITTEN}:
        raise InvalidInput(_("没有这个选项：%s") % spec.channel, field="channel")
    if spec.sender not in dict(sender_choices()):
        raise InvalidInput(_("没有这个选项：%s") % spec.sender, field="sender")
    if ChannelAccount.objects.filter(code=spec.code).exclude(pk=account_id or 0).exists():
        raise InvalidInput(_("该代码已被使用"), field="code")
    if spec.line is not None and spec.line.tenant_id != spec.unit.tenant_id:
        raise InvalidInput(_("该号码不属于本单位"), field="line")
    if Channel(spec.channel) in (Channel.LINE, Channel.COMMUNITY) and spec.sender not in (
        "line",
        "simulator",
    ):
        raise InvalidInput(_("外线须用外线接口"), field="sender")
    unknown = set(spec.secrets) - set(SECRETS.get(spec.sender, ()))
    if unknown:
        raise InvalidInput(_("此发送方式没有密钥：%s") % sorted(unknown)[0], field="secrets")
