"""Reads requests from one pipe and answers through another; everything the user's code reads or prints goes elsewhere."""
import json
import logging
import os
import queue
import signal
import sys
import threading

from crater_bridge import calls, hooks, jobs, values

# How long an interpreter lives on when nobody asks it any more. Unit: seconds.
END_MAX = 4


def serve():
    commands, replies = take_pipes()
    # A signal may raise in the middle of anything, also of a write. That is why one thread writes, and the others only put into its queue.
    outbox = queue.SimpleQueue()
    writer = threading.Thread(target=write, args=(replies, outbox), name="crater-answers", daemon=True)
    writer.start()

    def answer(message):
        outbox.put(values.line(message))

    waiting = queue.SimpleQueue()
    running = jobs.Jobs(answer, waiting)
    controls = hooks.Hooks()
    watch_signals(running, answer)
    watch_logs(answer)
    sys.path.insert(0, os.getcwd())
    answer({"ready": "%d.%d.%d" % sys.version_info[:3]})
    threading.Thread(target=read, args=(commands, running, controls, waiting), name="crater-requests", daemon=True).start()
    running.serve()
    outbox.put(None)
    writer.join()


def write(replies, outbox):
    while True:
        data = outbox.get()
        if data is None:
            return
        try:
            while data:
                data = data[os.write(replies, data):]
        except OSError:
            return


def take_pipes():
    """The pipes under numbers that children do not inherit; prints go to the error output, and there is nothing to read."""
    pipes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    return pipes


def read(commands, running, controls, waiting):
    rest = b""
    while True:
        try:
            data = os.read(commands, 1 << 16)
        except OSError:
            data = b""
        if not data:
            break
        lines = (rest + data).split(b"\n") if b"\n" in data else [rest + data]
        rest = lines.pop()
        for line in lines:
            begin(json.loads(line), running, controls)
    # Whoever started this is done or dead. The interpreter ends by itself, with its exit handlers; what does not end must not keep it.
    for number in list(running.open):
        running.interrupt(number)
    waiting.put(None)
    threading.Event().wait(END_MAX)
    os._exit(1)


def begin(message, running, controls):
    what = message["do"]
    if what == "interrupt":
        running.interrupt(message["call"])
        return
    work = {
        "describe": lambda: calls.describe(message),
        "call": lambda: calls.call(message, message["most"], controls.living.kept),
        "control": lambda: controls.look(message),
        "hook": lambda: controls.call(message),
        "event": lambda: controls.tell(message),
        "alive": dict,
    }[what]
    running.start(jobs.Job(message["id"], work, message.get("beside", False)))


def watch_signals(running, answer):
    """Extensions end a run by sending signals to their own process; here they end the call in the foreground, or are passed on."""
    codes = {"SIGUSR1": 20, "SIGUSR2": 30, "SIGTERM": 15}

    def came(number, frame):
        name = signal.Signals(number).name
        if name == "SIGINT":
            if running.is_in_user_code:
                running.main.arrived += 1
                raise KeyboardInterrupt
        elif running.is_in_user_code:
            raise SystemExit(codes[name])
        else:
            answer({"signal": name, "exit": codes[name]})

    for name in ["SIGINT", *codes]:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), came)


def watch_logs(answer):
    """What is logged goes to the run's log as such: everything of the toolkit's own logger, warnings of all others."""

    class Passing(logging.Handler):
        def emit(self, record):
            try:
                text = record.getMessage()
                if record.exc_info and record.exc_info[0] is not None:
                    text = "%s\n%s" % (text, logging.Formatter().formatException(record.exc_info))
                answer({"log": values.cut(text, 8192), "level": record.levelno, "name": record.name, "module": record.module, "line": record.lineno})
            except Exception:
                pass

    logging.getLogger().addHandler(Passing(logging.WARNING))
    toolkit = logging.getLogger("chaostoolkit")
    toolkit.setLevel(logging.DEBUG)
    toolkit.propagate = False
    toolkit.addHandler(Passing(logging.DEBUG))
