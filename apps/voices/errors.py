"""What this app refuses.

DomainError
└── Refused
    └── TopicMoved     somebody else has moved the topic on
"""

from apps.common.errors import Refused


class TopicMoved(Refused):
    """The topic is not where this deed can be done."""

    code = "topic_moved"
