from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "apps.messaging"
    label = "messaging"
    verbose_name = _("消息渠道")

    def ready(self) -> None:
        from apps.common.sealing import register_sealed
        from apps.gateway.sealing import BOX
        from apps.hotline.registry import (
            register_prefill,
            register_refusals,
            register_teller,
        )
        from apps.matters.registry import register_case_links, register_holder
        from apps.messaging import services
        from apps.messaging.adapters import app, line, mail, push, simulator, sms, wechat
        from apps.messaging.registry import register_fetcher, register_pusher, register_sender
        from apps.messaging.selectors.on_cases import links_of_case
        from apps.messaging.selectors.on_lines import first_values_of
        from apps.messaging.services.forgetting import ConversationPeople

        register_holder("messaging", ConversationPeople())
        register_sender("wechat", _("微信公众平台"), wechat.send)
        register_fetcher("wechat", wechat.fetch)
        register_sender("sms", _("短信网关"), sms.send)
        register_sender("mail", _("电子邮件"), mail.send)
        register_sender("app", _("由 App 取走"), app.send)
        register_sender("line", _("外线接口"), line.send)
        register_sender("simulator", _("模拟（不外发）"), simulator.send)
        register_pusher("unifiedpush", _("UnifiedPush 推送地址"), push.wake_directly)
        register_pusher("relay", _("市推送中继"), push.wake_by_relay)
        register_teller("messaging", services.tell, foresees=services.way_question)
        register_refusals("messaging", services.phones_that_stopped)
        register_prefill("messaging", first_values_of)
        register_case_links(links_of_case)
        register_sealed("messaging.ChannelAccount", "secrets", box=BOX)
        register_sealed("messaging.Device", "endpoint_sealed", box=BOX)
