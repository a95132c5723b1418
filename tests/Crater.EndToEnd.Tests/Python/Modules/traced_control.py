"""A control that appends every call of its hooks to a file."""
import json
import threading


def said(trace, hook, tag, **what):
    with open(trace, "a") as file:
        file.write(json.dumps(dict({"hook": hook, "tag": tag}, **what)) + "\n")


TRACE = []


def configure_control(experiment, configuration, secrets, settings=None, trace=None, tag=None, **rest):
    TRACE.append(trace)
    said(trace, "configure", tag, experiment=experiment["title"], configuration=configuration, settings=settings)


def around(hook):
    def call(context, trace=None, tag=None, **rest):
        name = context.get("name") or context.get("title") if isinstance(context, dict) else context
        said(trace, hook, tag, context=name)

    return call


before_experiment_control, after_experiment_control = around("before_experiment"), around("after_experiment")
before_hypothesis_control, after_hypothesis_control = around("before_hypothesis"), around("after_hypothesis")
before_method_control, after_method_control = around("before_method"), around("after_method")
before_rollback_control, after_rollback_control = around("before_rollback"), around("after_rollback")
before_activity_control, after_activity_control = around("before_activity"), around("after_activity")


def cleanup_control():
    said(TRACE.pop(0), "cleanup", None)
