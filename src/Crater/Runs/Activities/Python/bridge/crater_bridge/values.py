"""What goes through the pipes: JSON, one message a line."""
import datetime
import decimal
import json
import math
import uuid

# Deeper than any tolerance can reach into, and far from where readers of JSON give up.
DEPTH_MAX = 100


class NotJson(Exception):
    """The value has no form in JSON."""


def plain(value, depth=0):
    """The value as JSON has it: dates as ISO 8601, decimals and UUIDs as text, tuples as lists, numbers that JSON lacks as text."""
    if value is None or isinstance(value, (bool, str)) or (isinstance(value, int) and type(value) is int):
        return value
    if depth > DEPTH_MAX:
        raise NotJson("is nested more than %d levels deep, or contains itself" % DEPTH_MAX)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, dict):
        return {key_of(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    raise NotJson("has a value of type %s in it, which JSON has no form for" % type(value).__name__ if depth else
                  "is of type %s, which JSON has no form for" % type(value).__name__)


def key_of(key):
    if isinstance(key, str):
        return str(key)
    if key is None or isinstance(key, (bool, int, float)):
        return {None: "null", True: "true", False: "false"}.get(key if key is None or isinstance(key, bool) else "", str(key))
    raise NotJson("has a key of type %s in it, which JSON has no form for" % type(key).__name__)


def line(message):
    """One line of UTF-8. Half of a surrogate pair is no character and becomes a question mark."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def text_of(error):
    """The exception in one paragraph, as the last line of a traceback has it. A class whose own text fails is named all the same."""
    try:
        return cut("%s: %s" % (name_of(type(error)), error) if str(error) else name_of(type(error)))
    except Exception:
        return name_of(type(error))


def name_of(kind):
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else "%s.%s" % (kind.__module__, kind.__qualname__)


def cut(text, most=16384):
    return text if len(text) <= most else "%s [cut after %d characters]" % (text[:most], most)
