"""The only writers of what is looked at in readings."""

from apps.observing.services.neighbours import RuleSpec, check_neighbours, save_rule

__all__ = ["RuleSpec", "check_neighbours", "save_rule"]
