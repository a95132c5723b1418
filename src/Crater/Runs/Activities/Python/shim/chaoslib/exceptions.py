"""The exceptions that extensions raise."""

__all__ = [
    "ActivityFailed", "ChaosException", "ControlPythonFunctionLoadingError", "DiscoveryFailed", "InterruptExecution", "InvalidActivity",
    "InvalidControl", "InvalidExperiment", "InvalidSource",
]


class ChaosException(Exception):
    pass


class ActivityFailed(ChaosException):
    pass


FailedActivity = ActivityFailed


class DiscoveryFailed(ChaosException):
    pass


class InterruptExecution(ChaosException):
    pass


class InvalidActivity(ChaosException):
    pass


class InvalidControl(ChaosException):
    pass


class InvalidExperiment(ChaosException):
    pass


class InvalidSource(ChaosException):
    pass


class ControlPythonFunctionLoadingError(Exception):
    pass


class ExperimentExitedException(ChaosException):
    """Raised in a call beside the method when the run ends without waiting for it."""
