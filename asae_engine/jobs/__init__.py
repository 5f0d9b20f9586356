"""Background work: a scheduler in the server's own process, or alone in a worker, that fires what is due."""

from asae_engine.jobs.scheduler import Scheduler

__all__ = ["Scheduler"]
