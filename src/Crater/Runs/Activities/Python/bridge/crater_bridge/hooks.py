"""The functions of control modules, called with what their signatures name."""
import copy
import importlib
import inspect
import traceback

from crater_bridge import calls, values
from crater_bridge.living import Living, same

HOOKS = ("configure_control", "cleanup_control", "validate_control") + tuple(
    "%s_%s_control" % (when, what)
    for what in ("loading_experiment", "experiment", "hypothesis", "method", "rollback", "activity") for when in ("before", "after"))


class Registry:
    """Handlers that controls register for the events of the run."""

    def __init__(self):
        self.handlers = []

    def register(self, handler):
        self.handlers.append(handler)


class Hooks:
    def __init__(self):
        self.living = Living()
        self.registry = Registry()

    def look(self, message):
        """Which hooks a module has; asked once, so that a run does not ask for those that are not there. With a control, its own validation."""
        try:
            module = calls.module_of(message["module"])
        except calls.NotThere as error:
            return {"problem": str(error)}
        if "control" in message and hasattr(module, "validate_control"):
            try:
                module.validate_control(message["control"])
            except Exception as error:
                return {"invalid": values.text_of(error)}
        return {"hooks": [name for name in HOOKS if callable(getattr(module, name, None))]}

    def call(self, message):
        self.living.take(message)
        name = message["hook"]
        function = getattr(importlib.import_module(message["module"]), name)
        state = message.get("state")
        before = copy.deepcopy(state)
        try:
            self.apply(function, name, message, state)
            reply = {}
        except KeyboardInterrupt:
            raise
        except SystemExit as error:
            reply = {"interrupt": "exit signal: %s" % (error.code,), "exit": error.code if isinstance(error.code, int) else 1}
        except Exception as error:
            reply = self.failure(error, name)
        reply.update(self.living.changes())
        if not same(state, before):
            try:
                reply["state"] = values.plain(state)
            except (values.NotJson, RecursionError) as error:
                reply.setdefault("unsaid", []).append("state %s" % error)
        return dict(reply, handlers=len(self.registry.handlers)) if self.registry.handlers else reply

    def apply(self, function, name, message, state):
        living = self.living
        if name == "cleanup_control":
            function()
            return
        arguments = message["arguments"]
        parameters = calls.signature_of(function) or {}
        is_loading = "source" in message["around"]
        experiment = None if is_loading else living.parts["experiment"]
        given = {
            "experiment": experiment,
            "configuration": None if is_loading else living.parts["configuration"],
            "secrets": None if is_loading else living.parts["secrets"],
            "settings": living.settings if message.get("with_settings", True) else None,
        }
        if name == "configure_control":
            given["event_registry"] = self.registry
        else:
            given["state"] = state
            given["extensions"] = (experiment or {}).get("extensions")
        arguments.update((key, value) for key, value in given.items() if key in parameters)
        if name == "configure_control":
            function(**arguments)
        else:
            function(context=living.context(message), **arguments)

    def failure(self, error, name):
        """Only around what is played can a control interrupt by raising; when it is configured, that is a failure like any other."""
        if is_interruption(error) and name != "configure_control":
            return {"interrupt": str(error)}
        return {"failed": values.text_of(error), "trace": [values.cut(line, 4096) for line in traceback.format_exception(type(error), error, error.__traceback__)[-50:]]}

    def tell(self, message):
        """An event of the run, for the handlers that controls registered. One that fails does not keep the others from hearing it."""
        self.living.take(message)
        parts = self.living.parts
        given = {
            "experiment": parts["experiment"], "configuration": parts["configuration"], "secrets": parts["secrets"], "settings": self.living.settings,
            "activity": self.living.context(message), "journal": message.get("state"), "state": message.get("state"), "run": message.get("state"),
            "schedule": None, "frequency": message.get("frequency"), "iteration_index": message.get("index"), "exception": None, "duration": 0,
        }
        for handler in list(self.registry.handlers):
            try:
                function = getattr(handler, message["event"], None)
                if function is not None:
                    function(**{key: value for key, value in given.items() if key in (calls.signature_of(function) or {})})
            except Exception:
                pass
        return self.living.changes()


def is_interruption(error):
    return any(kind.__name__ == "InterruptExecution" and kind.__module__ == "chaoslib.exceptions" for kind in type(error).__mro__)
