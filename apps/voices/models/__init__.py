"""Groups of voices, hot spots, rising phrases and topics."""

from apps.voices.models.groups import Voice, VoiceGroup
from apps.voices.models.heat import HeatScan, HotSpot, RisingPhrase, StopPhrase
from apps.voices.models.topics import Topic, TopicReport

__all__ = [
    "HeatScan",
    "HotSpot",
    "RisingPhrase",
    "StopPhrase",
    "Topic",
    "TopicReport",
    "Voice",
    "VoiceGroup",
]
