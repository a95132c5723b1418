"""A control that validates itself, and one that writes down what it was given."""
from chaoslib.exceptions import InvalidActivity


def validate_control(control):
    if control["provider"].get("arguments", {}).get("wrong"):
        raise InvalidActivity("the picky control does not like its arguments")


def before_experiment_control(context, wrong=False, **given):
    with open("given.log", "a") as file:
        for name in sorted(given):
            file.write(f"{name}={given[name]}\n")


def before_method_control(context, wrong=False, extensions=None, settings=None, **given):
    with open("given.log", "a") as file:
        file.write(f"extensions={[extension['name'] for extension in extensions or []]}\n")
