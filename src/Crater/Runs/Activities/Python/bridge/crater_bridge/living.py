"""The experiment, its configuration and its secrets, alive for the whole run: what one hook writes into them, the next one finds there."""
import copy
import threading

from crater_bridge import values


class Living:
    def __init__(self):
        self.gate = threading.RLock()
        self.version = 0
        self.parts = {"experiment": {}, "configuration": {}, "secrets": {}}
        self.seen = {"experiment": {}, "configuration": {}, "secrets": {}}
        self.settings = None
        # What hooks put into the configuration that has no form in JSON: it stays here, and functions get it from here.
        self.kept = {}

    def take(self, message):
        """What the other side changed since it was last here. The maps stay the same ones: hooks may hold them."""
        with self.gate:
            for name, content in message.get("give", {}).items():
                self.parts[name].clear()
                self.parts[name].update(content)
                self.seen[name] = copy.deepcopy(content)
                if name == "configuration":
                    self.parts[name].update(self.kept)
            if "settings" in message:
                self.settings = message["settings"]

    def context(self, message):
        """The part of the experiment that a hook is called around, by identity where it can be found."""
        around, experiment = message["around"], self.parts["experiment"]
        if "source" in around:
            return around["source"]
        found = experiment
        for step in around["path"]:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return around.get("instead", experiment)
        if isinstance(found, dict) and found.get("ref") and around["path"]:
            return self.referred(found["ref"]) or found
        return found

    def referred(self, name):
        """The last activity of a name counts; hypothesis probes come after the method."""
        experiment = self.parts["experiment"]
        hypothesis = experiment.get("steady-state-hypothesis") or {}
        named = [one for one in [*experiment.get("method", []), *hypothesis.get("probes", [])] if isinstance(one, dict) and one.get("name") == name]
        return named[-1] if named else None

    def changes(self):
        """What differs from what the other side knows; counted, because answers of several threads may overtake each other."""
        with self.gate:
            self.version += 1
            changed = {}
            for name, part in self.parts.items():
                if name == "configuration":
                    part = self.sorted_out(part)
                if not same(part, self.seen[name]):
                    try:
                        changed[name] = values.plain(part)
                        self.seen[name] = copy.deepcopy(changed[name])
                    except (values.NotJson, RecursionError) as error:
                        changed.setdefault("unsaid", []).append("%s %s" % (name, error))
            return dict(changed, version=self.version) if changed else {}

    def sorted_out(self, configuration):
        said, self.kept = {}, {}
        for key, value in list(configuration.items()):
            try:
                said[key] = values.plain(value)
            except (values.NotJson, RecursionError):
                self.kept[key] = value
        return said


def same(one, other):
    """Equal as Python counts; what is nested too deep to compare counts as changed."""
    try:
        return one == other
    except RecursionError:
        return False
