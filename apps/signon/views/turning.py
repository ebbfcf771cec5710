"""Addresses of the pages before and after one."""

from django.http import HttpRequest

from apps.common.paging import Page


def turning(request: HttpRequest, page: Page) -> dict[str, object]:
    """Will give a page and where to turn, for a template."""
    query = request.GET.copy()

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous_url": address(page.number - 1) if page.has_previous else "",
        "next_url": address(page.number + 1) if page.has_next else "",
    }
