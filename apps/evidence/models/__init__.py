from apps.evidence.models.alarms import Alarm, AlarmBookmark, AlarmEntry, AlarmRule
from apps.evidence.models.archives import Archive
from apps.evidence.models.board import ClauseNote, ClauseResult, Finding, SelfCheck
from apps.evidence.models.chains import Chain, ChainReceipt, KeyEvent, KeyEventKind
from apps.evidence.models.checkpoints import (
    Checkpoint,
    CheckpointCopy,
    SealTile,
    SigningKey,
    TimeStamp,
)
from apps.evidence.models.filings import Filing, SafetyTest
from apps.evidence.models.protection import RowCheck, RowDigest, RowFinding
from apps.evidence.models.verification import Verification
from apps.evidence.models.witnesses import Testimony, Witness

__all__ = [
    "Alarm",
    "AlarmBookmark",
    "AlarmEntry",
    "AlarmRule",
    "Archive",
    "Chain",
    "ChainReceipt",
    "Checkpoint",
    "CheckpointCopy",
    "ClauseNote",
    "ClauseResult",
    "Filing",
    "Finding",
    "KeyEvent",
    "KeyEventKind",
    "RowCheck",
    "RowDigest",
    "RowFinding",
    "SafetyTest",
    "SealTile",
    "SelfCheck",
    "SigningKey",
    "Testimony",
    "TimeStamp",
    "Verification",
    "Witness",
]
