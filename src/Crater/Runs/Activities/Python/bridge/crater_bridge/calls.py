"""Functions of the user's modules: what they take, and calling them."""
import importlib
import inspect
import traceback

from crater_bridge import values

LIBRARY = "chaostoolkit-lib"


class NotThere(Exception):
    """No module, or no function in it; the code says which."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def module_of(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == name or name.startswith(missing + "."):
            raise NotThere("module", "there is no Python module %s" % name) from None
        root = missing.split(".")[0]
        package = {"chaoslib": LIBRARY, "logzero": "logzero"}.get(root, root)
        raise NotThere("module", "the module %s needs %s, which is not installed (pip install %s)" % (name, missing, package)) from None
    except (Exception, SystemExit) as error:
        raise NotThere("module", "the module %s does not import: %s" % (name, values.text_of(error))) from None


def signature_of(function):
    """Functions written in C may not tell what they take."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None


def describe(message):
    try:
        module = module_of(message["module"])
        if not message["func"]:
            return {"any": True, "parameters": []}
        function = dict(inspect.getmembers(module)).get(message["func"])
    except NotThere as error:
        return {"problem": str(error), "kind": error.kind}
    if not (inspect.isfunction(function) or inspect.isbuiltin(function)):
        what = "has nothing called" if function is None else "has no plain function called"
        return {"problem": "the Python module %s %s %s" % (message["module"], what, message["func"]), "kind": "function"}
    parameters = signature_of(function)
    if parameters is None:
        return {"any": True, "parameters": []}
    named, takes_any = [], False
    for parameter in parameters.values():
        is_required = parameter.default is parameter.empty
        if parameter.kind is parameter.VAR_KEYWORD:
            takes_any = True
        elif parameter.kind is parameter.POSITIONAL_ONLY and is_required:
            return {"problem": "%s takes %s by its place only, and a document gives arguments by name" % (message["func"], parameter.name), "kind": "function"}
        elif parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            named.append([parameter.name, is_required and parameter.name not in ("configuration", "secrets")])
    return {"any": takes_any, "parameters": named}


def call(message, most, kept):
    """Calls a function. An exception is its failure, whatever its class: also the one that interrupts runs when a control raises it."""
    try:
        module = module_of(message["module"])
        if not hasattr(module, message["func"]):
            raise NotThere("function", "the Python module %s has nothing called %s" % (message["module"], message["func"]))
    except NotThere as error:
        return {"missing": str(error), "kind": error.kind}
    function = getattr(module, message["func"])
    arguments = message["arguments"]
    parameters = signature_of(function) or {}
    if "secrets" in message and "secrets" in parameters:
        arguments["secrets"] = message["secrets"]
    if "configuration" in parameters:
        arguments["configuration"] = dict(message["configuration"], **kept)
    try:
        value = function(**arguments)
    except Exception as error:
        return failure(error)
    if inspect.iscoroutine(value):
        value.close()
        return {"no_json": "gave a coroutine: it is an async function, and nobody awaits it"}
    try:
        value = values.plain(value)
    except values.NotJson as error:
        return {"no_json": "gave what %s" % error}
    except RecursionError:
        return {"no_json": "gave what contains itself"}
    size = len(values.line(value))
    return {"value": value} if size <= most else {"too_long": size}


def failure(error):
    """The text and the traceback as Chaos Toolkit writes them into its journal, without the frames of this file."""
    text = traceback.format_exception_only(type(error), error)[0].strip()
    failed = activity_failed()(text)
    failed.__context__ = error
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next
    lines = traceback.format_exception(type(failed), failed, None)
    return {"failed": values.cut(text), "trace": [values.cut(line, 4096) for line in lines[-100:]]}


def activity_failed():
    try:
        return importlib.import_module("chaoslib.exceptions").ActivityFailed
    except Exception:
        return RuntimeError
