"""The protected rows of this app and of the apps below it, which cannot register themselves.

Left out on purpose: what services change without ``save`` (ends of versions, uses of keys) and
what changes with every sign-in.
"""

from apps.evidence.registry import register_protected

_VERSION = ("number", "state", "body", "author", "reviewer", "published_at", "effective_from")


def register_all() -> None:
    """Will protect who may do what, which rules hold, which programs come in, what is watched."""
    register_protected("accounts.Role", "code", "requires_second_factor", "permissions")
    register_protected("accounts.Post", "organization", "area", "roles")
    register_protected(
        "accounts.Appointment", "user", "post", "from_on", "to_on", "kind", "suspended_at"
    )
    register_protected(
        "accounts.User",
        *("tenant", "username", "password", "is_active", "is_staff", "is_superuser"),
        *("proofing_level", "user_permissions"),
        counts={"is_superuser": True},  # ordinary people are enrolled in bulk
    )
    register_protected("rules.RuleTableVersion", "table", "hit_policy", *_VERSION)
    register_protected(
        "gateway.ApiClient",
        *("tenant", "owner", "owner_person", "service_user", "scopes", "rate", "daily_quota"),
        *("allowed_ranges", "requires_signature", "requires_certificate", "clear_fields"),
        *("clear_purpose", "clear_until", "expires_at", "revoked_at", "suspended_at"),
    )
    register_protected("gateway.ApiKey", "client", "prefix", "digest", "ends_at")
    register_protected("gateway.SigningKey", "client", "keyid", "algorithm", "material", "ends_at")
    register_protected("gateway.ClientCertificate", "client", "thumbprint", "not_after", "ends_at")
    register_protected("gateway.Connector", "tenant", "url", "secret", "topics", "inbound_client")
    register_protected(
        "evidence.AlarmRule",
        *("code", "is_on", "severity", "threshold", "window_minutes", "from_hour", "to_hour"),
        counts=None,  # missing ones are made in bulk
    )
    register_protected("evidence.Witness", "code", "name", "public_pem", "client", "is_active")
