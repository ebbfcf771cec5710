"""What the plain table component reads of the columns and rows it is given."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest


def read_value(thing: object, name: str, default: object = None) -> object:
    """Will give a value of an object or mapping, called when it can be called."""
    if isinstance(thing, Mapping):
        found = thing.get(name, default)
    else:
        found = getattr(thing, name, default)
    return found() if isinstance(found, Callable) else found  # type: ignore[arg-type]


def head_of(column: object, request: HttpRequest | None) -> dict[str, object]:
    """Will give the head of a column: label, and the address that sorts by it."""
    head = {
        "label": read_value(column, "label"),
        "is_number": read_value(column, "is_number", False),
    }
    if request is None or not read_value(column, "is_sortable", False):
        return head
    key = str(read_value(column, "key"))
    query = request.GET.copy()
    query.pop("page", None)
    current = query.get("sort", "")
    query["sort"] = f"-{key}" if current == key else key
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    icons = {"ascending": "arrow-up", "descending": "arrow-down", "": "switch-vertical"}
    return head | {
        "sort_url": f"?{query.urlencode()}",
        "direction": direction,
        "sort_icon": icons[direction],
    }
