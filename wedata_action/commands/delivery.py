"""Joins sending and waiting: neither of the two stages knows the other."""

from __future__ import annotations

from wedata_action.outcome.waiting import Waiting
from wedata_action.submission.sending import Submission


def deliver(submission: Submission, waiting: Waiting) -> None:
    """Sends the ledger's batches and waits for their outcomes, which end in the ledger too.

    Between two layers it waits for what the next one may depend on, and at the end for all. Raises `Cancelled`.
    """
    ledger = submission.ledger
    while layer := submission.layer():
        submission.send(layer)
        next_projects = {batch.project_id for batch in submission.layer()}
        waiting.wait([batch for batch in ledger.batches if batch.project_id in next_projects])
    waiting.wait(ledger.batches)
