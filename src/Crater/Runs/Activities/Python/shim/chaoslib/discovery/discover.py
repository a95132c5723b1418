"""Lists the functions that a module of an extension exports."""
import importlib
import inspect
import platform
import uuid
from datetime import datetime, timezone
from typing import get_origin

from chaoslib import __version__
from chaoslib.exceptions import DiscoveryFailed

NAMES = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", bytes: "byte", set: "set", tuple: "tuple", list: "list",
    dict: "mapping",
}


def initialize_discovery_result(extension_name, extension_version, discovery_type):
    system = platform.uname()
    return {
        "chaoslib_version": __version__,
        "id": str(uuid.uuid4()),
        "target": discovery_type,
        "date": datetime.now(timezone.utc).isoformat(),
        "platform": {
            "system": system.system, "node": system.node, "release": system.release, "version": system.version, "machine": system.machine,
            "proc": system.processor, "python": platform.python_version(),
        },
        "extension": {"name": extension_name, "version": extension_version},
        "activities": [],
        "system": None,
    }


def discover_actions(extension_mod_name):
    return discover_activities(extension_mod_name, "action")


def discover_probes(extension_mod_name):
    return discover_activities(extension_mod_name, "probe")


def discover_activities(extension_mod_name, activity_type):
    """The functions that the module's ``__all__`` names."""
    try:
        module = importlib.import_module(extension_mod_name)
    except ImportError:
        raise DiscoveryFailed("could not import the extension's module '%s'" % extension_mod_name) from None
    exported = getattr(module, "__all__", [])
    functions = [(name, one) for name, one in inspect.getmembers(module, inspect.isfunction) if name in exported]
    return [_described(name, one, activity_type, module) for name, one in functions]


def _described(name, function, activity_type, module):
    signature = inspect.signature(function)
    described = {"type": activity_type, "name": name, "mod": module.__name__, "doc": inspect.getdoc(function), "arguments": []}
    if signature.return_annotation is not inspect.Signature.empty:
        described["return_type"] = portable_type_name(signature.return_annotation)
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
            continue
        argument = {"name": parameter.name}
        if parameter.default is not parameter.empty:
            argument["default"] = parameter.default
        if parameter.annotation is not parameter.empty:
            argument["type"] = portable_type_name(parameter.annotation)
        described["arguments"].append(argument)
    return described


def portable_type_name(python_type):
    if python_type is None:
        return "null"
    kind = get_origin(python_type) or python_type
    return NAMES.get(kind, "object") if isinstance(kind, type) else "object"
