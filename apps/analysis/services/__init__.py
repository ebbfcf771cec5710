"""The only writers of analysis.

jobs: what is watched for. planning: what is due; running: one run, in a worker; settling: what
came of it. judging: people's verdicts and what thresholds learn of them. keeping: retention.
"""

from apps.analysis.services.jobs import JobSpec, save_job, set_job_active
from apps.analysis.services.judging import (
    decide_change,
    judge_finding,
    propose_change,
    reveal_finding,
    suggest_change,
)
from apps.analysis.services.keeping import purge
from apps.analysis.services.planning import plan_due, run_now
from apps.analysis.services.running import run_job

__all__ = [
    "JobSpec",
    "decide_change",
    "judge_finding",
    "plan_due",
    "propose_change",
    "purge",
    "reveal_finding",
    "run_job",
    "run_now",
    "save_job",
    "set_job_active",
    "suggest_change",
]
