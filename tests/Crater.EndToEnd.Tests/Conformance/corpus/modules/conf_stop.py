"""A control that interrupts the run at the hook that its argument names; an activity may be named as well."""
from chaoslib.exceptions import InterruptExecution


def _stop(hook, at, context=None, activity=None):
    if hook == at and (activity is None or context["name"] == activity):
        raise InterruptExecution(f"stopped {hook}")


def before_experiment_control(context, at, activity=None):
    _stop("before experiment", at)


def before_hypothesis_control(context, at, activity=None):
    _stop("before hypothesis", at)


def before_method_control(context, at, activity=None):
    _stop("before method", at)


def before_activity_control(context, at, activity=None):
    _stop("before activity", at, context, activity)


def after_activity_control(context, at, activity=None):
    _stop("after activity", at, context, activity)


def before_rollback_control(context, at, activity=None):
    _stop("before rollback", at)
