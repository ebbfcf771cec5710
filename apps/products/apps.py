from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "apps.products"
    label = "products"
    verbose_name = _("数据产品")

    def ready(self) -> None:
        from apps.gateway.registry import register_resource
        from apps.products import protected
        from apps.products.api.resources import RESOURCE
        from apps.products.starting import ensure_roles

        register_resource(RESOURCE)
        protected.register()
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="products.ensure_roles")
