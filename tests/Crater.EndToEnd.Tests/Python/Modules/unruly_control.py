"""A control that fails, interrupts, exits and hangs, as its arguments say."""
import os
import time


def do(what):
    if what == "fail":
        raise ValueError("a control fails")
    if what == "interrupt":
        from chaoslib.exceptions import InterruptExecution
        raise InterruptExecution("the control has seen enough")
    if what == "exit":
        raise SystemExit("we are done here")
    if what == "ungraceful":
        from chaoslib.exit import exit_ungracefully
        exit_ungracefully()
        time.sleep(30)
    if what == "hang":
        time.sleep(600)
    if what == "die":
        os._exit(3)


def before_method_control(context, configuration, what=None, **rest):
    configuration["written"] = "before " + what
    do(what)


def validate_control(control):
    if control["provider"].get("arguments", {}).get("what") == "wrong":
        raise ValueError("there is nothing called wrong")


def before_loading_experiment_control(context):
    if context == "secret.yaml":
        raise ValueError("not this one")


def after_loading_experiment_control(context, state):
    state["title"] = "loaded from " + context
