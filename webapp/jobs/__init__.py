"""The only room that knows the job engine. Jobs are wake-ups; our tables are the truth.

The reconciler finds what was lost.
"""
