from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GridConfig(AppConfig):
    name = "apps.grid"
    label = "grid"
    verbose_name = _("网格事件")

    def ready(self) -> None:
        from apps.common import outbox
        from apps.fieldwork.registry import register_load
        from apps.gateway.registry import register_resource
        from apps.grid import map_layers, services, tasks, vocabulary
        from apps.grid.api.resources import RESOURCE
        from apps.grid.extension import GridExtension
        from apps.grid.selectors.looks import open_looks
        from apps.grid.selectors.workers import cells_of_worker
        from apps.grid.services.forgetting import LookPeople
        from apps.matters.registry import register_extension, register_holder
        from apps.registry.registry import register_cells

        register_extension("grid", GridExtension())
        register_holder("grid", LookPeople())
        register_resource(RESOURCE)
        vocabulary.register()
        map_layers.register()
        register_cells(cells_of_worker)
        register_load("looks", open_looks, label=_("核实核查"))
        outbox.handles(services.FOLLOW)(tasks.follow)
        outbox.handles(services.LAPSE)(tasks.lapse)
