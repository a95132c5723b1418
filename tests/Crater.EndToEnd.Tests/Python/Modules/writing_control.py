"""A control that writes into everything it is shown, and keeps hold of it."""
import functools
import threading

HELD = {}
HERE = threading.local()


def logged(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        HELD["decorated"] = HELD.get("decorated", 0) + 1
        return function(*args, **kwargs)

    return call


def configure_control(experiment, event_registry, **rest):
    HERE.configured = True
    HELD["experiment"] = experiment
    event_registry.register(Handler())


class Handler:
    def start_activity(self, activity):
        HELD.setdefault("events", []).append("start " + activity["name"])

    def activity_completed(self, activity, run):
        HELD.setdefault("events", []).append("end %s %s" % (activity["name"], run["status"]))


@logged
def before_experiment_control(context, experiment, configuration, secrets, settings, extensions, **rest):
    assert context is experiment is HELD["experiment"]
    assert HERE.configured
    configuration["settings"] = settings
    configuration["extensions"] = extensions
    configuration["object"] = Handler()
    secrets["group"]["token"] = "rotated-secret"


def before_hypothesis_control(context, experiment, **rest):
    context["seen"] = context is experiment["steady-state-hypothesis"]


def before_activity_control(context, experiment, configuration, **rest):
    if context["name"] == "second":
        assert context is experiment["method"][1]
        HELD["second"] = context
        context["provider"]["arguments"]["one"] = 40


def after_activity_control(context, state, experiment, configuration, **rest):
    if context["name"] == "second":
        assert context is HELD["second"]
        state["output"] = "replaced by the control"
        experiment["method"].append({"type": "probe", "name": "third", "provider": {"type": "python", "module": "os.path", "func": "exists", "arguments": {"path": "/"}}})
        configuration["events"] = HELD["events"]


class Instance:
    """Hooks may be anything that can be called."""

    def __call__(self, context, state, **rest):
        state.append({"decorated": HELD["decorated"]})


after_method_control = Instance()


def look_at_object(configuration):
    return type(configuration["object"]).__name__
