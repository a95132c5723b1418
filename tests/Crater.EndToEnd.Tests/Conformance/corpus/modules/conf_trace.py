"""A control that writes down each of its hooks, with its label and what the hook is about."""


def _write(line):
    with open("trace.log", "a") as file:
        file.write(line + "\n")


def configure_control(label, experiment=None, configuration=None, secrets=None, settings=None):
    _write(f"{label} configure")


def cleanup_control():
    _write("cleanup")


def before_loading_experiment_control(context, label):
    _write(f"{label} before loading")


def after_loading_experiment_control(context, label, state):
    _write(f"{label} after loading {state['title']}")


def before_experiment_control(context, label, experiment=None, configuration=None, secrets=None, settings=None, extensions=None):
    _write(f"{label} before experiment")


def after_experiment_control(context, label, state):
    _write(f"{label} after experiment {state['status']}")


def before_hypothesis_control(context, label):
    _write(f"{label} before hypothesis")


def after_hypothesis_control(context, label, state):
    _write(f"{label} after hypothesis {state['steady_state_met']}")


def before_method_control(context, label):
    _write(f"{label} before method")


def after_method_control(context, label, state):
    _write(f"{label} after method {len(state)}")


def before_rollback_control(context, label):
    _write(f"{label} before rollback")


def after_rollback_control(context, label, state):
    _write(f"{label} after rollback {len(state)}")


def before_activity_control(context, label):
    _write(f"{label} before activity {context['name']}")


def after_activity_control(context, label, state):
    _write(f"{label} after activity {context['name']} {state['status'] if state else 'without an end'}")
