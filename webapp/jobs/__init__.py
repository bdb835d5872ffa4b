"""The only room that knows the job engine. Jobs are wake-ups; our tables are the truth, the reconciler finds what was lost."""
