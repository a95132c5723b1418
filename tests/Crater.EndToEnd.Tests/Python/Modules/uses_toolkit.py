"""What extensions of the toolkit import and do."""
from logzero import logger

from chaoslib import substitute
from chaoslib.discovery.discover import discover_actions, discover_activities, discover_probes, initialize_discovery_result
from chaoslib.exceptions import ActivityFailed, ExperimentExitedException, InterruptExecution
from chaoslib.exit import exit_gracefully, exit_ungracefully
from chaoslib.types import Configuration, Secrets

__all__ = ["fails"]


def fails(configuration: Configuration = None, secrets: Secrets = None) -> bool:
    logger.info("about to fail")
    raise ActivityFailed("it is not well")


def interrupts():
    raise InterruptExecution("stop it")


def leaves_gracefully():
    exit_gracefully()


def leaves_ungracefully():
    exit_ungracefully()


def substitutes():
    return substitute({"a": "${n}", "b": ["x-${n}", "${unknown}"], "c": "$$"}, {"n": 3}, {})


def discovers():
    found = discover_actions("uses_toolkit")
    return [found, initialize_discovery_result("x", "1", "y")["extension"]]


def is_stand_in():
    import chaoslib
    return chaoslib.__spec__.origin == "chaoslib/__init__.py"
