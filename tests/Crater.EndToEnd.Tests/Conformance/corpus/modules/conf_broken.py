"""A control whose hooks fail; only an interruption may stop a run."""


def _write(line):
    with open("trace.log", "a") as file:
        file.write(line + "\n")


def configure_control():
    _write("configure")
    raise RuntimeError("cannot be configured")


def before_experiment_control(context):
    _write("before experiment")
    raise RuntimeError("fails before the experiment")


def before_activity_control(context):
    _write("before activity")
    raise KeyError("fails before an activity")


def after_activity_control(context, state):
    _write("after activity")
    raise ValueError("fails after an activity")


def cleanup_control():
    _write("cleanup")
