"""What we ask devices ourselves: gateways, plans of what stands where, polls."""

from apps.polling.models.polled import Gateway, PlanLine, Poll, PollPlan

__all__ = ["Gateway", "PlanLine", "Poll", "PollPlan"]
