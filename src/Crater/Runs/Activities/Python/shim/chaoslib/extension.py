"""The extension blocks of an experiment, by name."""

__all__ = ["get_extension", "has_extension", "merge_extension", "remove_extension", "set_extension"]


def get_extension(experiment, name):
    return next((one for one in experiment.get("extensions") or [] if one.get("name") == name), None)


def has_extension(experiment, name):
    return get_extension(experiment, name) is not None


def set_extension(experiment, extension):
    remove_extension(experiment, extension["name"])
    experiment.setdefault("extensions", []).append(extension)


def remove_extension(experiment, name):
    experiment["extensions"] = [one for one in experiment.get("extensions") or [] if one.get("name") != name]


def merge_extension(experiment, extension):
    known = get_extension(experiment, extension["name"])
    if known is None:
        set_extension(experiment, extension)
    else:
        known.update(extension)
