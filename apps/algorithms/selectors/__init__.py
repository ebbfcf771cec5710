from apps.algorithms.selectors.capabilities import (
    calls_of,
    get_call,
    get_capability,
    get_request,
    list_capabilities,
    list_requests,
)
from apps.algorithms.selectors.queue import (
    list_costs,
    list_quotas,
    list_work,
    list_workers,
    reasons_of,
    units_of,
)
from apps.algorithms.selectors.warehouse import (
    evaluations_of,
    find_sets_for,
    get_algorithm,
    get_version,
    list_algorithms,
    list_sample_sets,
    resolve,
    version_text,
)

__all__ = [
    "calls_of",
    "evaluations_of",
    "find_sets_for",
    "get_algorithm",
    "get_call",
    "get_capability",
    "get_request",
    "get_version",
    "list_algorithms",
    "list_capabilities",
    "list_costs",
    "list_quotas",
    "list_requests",
    "list_sample_sets",
    "list_work",
    "list_workers",
    "reasons_of",
    "resolve",
    "units_of",
    "version_text",
]
