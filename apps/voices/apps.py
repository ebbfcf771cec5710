from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoicesConfig(AppConfig):
    name = "apps.voices"
    label = "voices"
    verbose_name = _("一事多诉")

    def ready(self) -> None:
        from apps.common import outbox
        from apps.gateway.registry import register_resource
        from apps.hotline.registry import register_duplicate_notes
        from apps.matters.registry import (
            register_case_card,
            register_extension,
            register_follower,
            register_foreseen,
            register_holder,
            register_merged_answer,
        )
        from apps.notices.registry import register_kind
        from apps.voices import map_layers, services
        from apps.voices.api.resources import RESOURCE
        from apps.voices.extension import EarlyExtension, card_of, note_hints
        from apps.voices.services.forgetting import VoicePeople

        register_resource(RESOURCE)
        register_holder("voices", VoicePeople())
        register_follower(services.follow_merging)
        register_foreseen(services.group_question)
        register_merged_answer(services.prepared_answer)
        register_case_card(card_of)
        register_extension("voices", EarlyExtension())
        register_duplicate_notes(note_hints)
        register_kind("topic", _("诉求专题"))
        outbox.handles(services.RELAY)(services.relay)
        map_layers.register()
