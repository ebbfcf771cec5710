"""Refusals of the hotline.

Refused
|-- CallTaken          another agent is on that call
`-- ArticleNotReady    nothing waits for approval, or the article is not in that state
"""

from apps.common.errors import Refused


class CallTaken(Refused):
    """Another agent took the call first."""

    code = "call_taken"


class ArticleNotReady(Refused):
    """The article is not in a state that permits it."""

    code = "article_not_ready"
