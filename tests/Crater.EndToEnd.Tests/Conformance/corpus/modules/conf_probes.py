"""What the documents of the corpus call as python providers."""
import datetime
import decimal
import os
import time
import uuid

from chaoslib.exceptions import ActivityFailed, InterruptExecution


def give(value=None):
    return value


def add(left, right=2):
    return left + right


def fail(message="as asked"):
    raise ActivityFailed(message)


def crash():
    return {}["no such key"]


def interrupt():
    raise InterruptExecution("from within an activity")


def is_even(value):
    return value % 2 == 0


def has_status(value, status):
    return value["status"] == status


def configuration_of(name, configuration=None):
    return configuration.get(name)


def names_of(configuration=None):
    return sorted(configuration)


def secret_names(secrets=None):
    return sorted(secrets) if secrets is not None else None


def secret_is(name, text, secrets=None):
    return secrets.get(name) == text


def kind_of(value):
    return type(value).__name__


def append(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")


def count(path, unused=None):
    """How many times it was asked, as the length of a file."""
    append(path, "asked")
    with open(path) as file:
        return len(file.readlines())


def wait_in_steps(seconds, started="started"):
    append(started, "waiting")
    for _ in range(int(seconds * 20)):
        time.sleep(0.05)
    return "waited"


def wait_for(path, seconds=10):
    for _ in range(seconds * 20):
        if os.path.exists(path):
            return True
        time.sleep(0.05)
    return False


def rare_types():
    return {
        "day": datetime.date(2024, 2, 29),
        "moment": datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc),
        "price": decimal.Decimal("12.50"),
        "id": uuid.UUID("12345678-1234-5678-1234-567812345678"),
        "pair": (1, 2),
        "nothing": None,
    }


def leave(gracefully):
    from chaoslib.exit import exit_gracefully, exit_ungracefully

    (exit_gracefully if gracefully else exit_ungracefully)()
    time.sleep(5)
