"""The names of chaostoolkit-lib that extensions import, for interpreters that do not have the real one. It is found last: an installed one wins."""
import decimal
import json
import string
import uuid
from collections import ChainMap
from datetime import date, datetime

__all__ = ["PayloadEncoder", "__version__", "decode_bytes", "substitute"]
__version__ = "unknown"


class PayloadEncoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, (date, datetime)):
            return o.isoformat()
        if isinstance(o, (decimal.Decimal, uuid.UUID)):
            return str(o)
        return super().default(o)


def substitute(data, configuration, secrets):
    """Puts configuration and secrets in the place of ``${name}``; a text that is nothing but one name becomes the value with its type."""
    known = ChainMap(configuration or {}, *(secrets or {}).values())
    return _put(data, known)


def _put(data, known):
    if isinstance(data, dict):
        return {key: _put(value, known) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_put(item, known) for item in data]
    if not isinstance(data, str):
        return data
    template = string.Template(data)
    whole = template.pattern.fullmatch(data)
    name = whole.group("braced") or whole.group("named") if whole else None
    return known[name] if name in known else template.safe_substitute(known)


def decode_bytes(data, default_encoding="utf-8"):
    return data.decode(default_encoding, "replace")
