"""Functions that tests call: well-behaved ones, and others."""
import datetime
import decimal
import logging
import os
import subprocess
import sys
import threading
import time
import uuid

HERE = threading.local()


def add(one, other=2, *, times=1):
    return (one + other) * times


def anything(first, **others):
    return [first, others]


def by_place(first, /):
    return first


class NoFunction:
    pass


def sees(configuration, secrets=None):
    configuration["written"] = "into a copy"
    return {"configuration": configuration, "secrets": secrets}


def rich():
    return {
        "date": datetime.date(2026, 11, 21),
        "time": datetime.datetime(2026, 11, 21, 9, 30, tzinfo=datetime.timezone.utc),
        "decimal": decimal.Decimal("1.50"),
        "uuid": uuid.UUID(int=1),
        "tuple": (1, None, True),
        3: float("nan"),
        "half": "\ud83d",
    }


def no_json():
    return {"set": {1}}


def contains_itself():
    endless = []
    endless.append(endless)
    return endless


async def asynchronous():
    return 1


def raises(text="boom"):
    raise ValueError(text)


def prints():
    print("to the output")
    sys.stderr.write("to the error output\n")
    os.write(1, b"past everything\n")
    subprocess.run(["echo", "from a program"], check=True)
    logging.getLogger("chaostoolkit").debug("logged for the toolkit")
    logging.getLogger("other").warning("logged by another")
    logging.getLogger("other").info("not for the log")
    return sys.stdin.read()


def prints_for_ever():
    while True:
        print("x" * 1000)


def huge(size):
    return "x" * size


def closes_its_pipes():
    os.closerange(3, 200)
    time.sleep(30)


def leaves():
    os._exit(7)


def exits(code):
    sys.exit(code)


def sleeps(seconds, path=""):
    if path:
        open(path, "w").close()
    time.sleep(seconds)


def starts_and_waits(path):
    child = subprocess.Popen(["sleep", "300"])
    with open(path, "w") as file:
        file.write(str(child.pid))
    child.wait()


def swallows(path):
    open(path, "w").close()
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass


def holds_everything(path):
    import re
    open(path, "w").close()
    re.match("(a+)+$", "a" * 60 + "b")


def pid():
    return os.getpid()


def where():
    return {"cwd": os.getcwd(), "first": sys.path[0], "thread": threading.current_thread() is threading.main_thread(), "version": list(sys.version_info[:2])}


def signals(name):
    import signal
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(30)


def signals_later(name):
    import signal
    threading.Timer(0.1, lambda: os.kill(os.getpid(), getattr(signal, name))).start()
