"""The names that signatures are annotated with. They say what is meant and check nothing."""
import enum
from typing import Any, Dict, List, Tuple, Union

Action = Activity = Configuration = ConfigVars = Control = DiscoveredActivities = DiscoveredSystemInfo = Discovery = Dict[str, Any]
EventPayload = Experiment = Extension = Hypothesis = Journal = Probe = Run = SecretVars = Settings = Step = Dict[str, Any]
Secrets = Dict[str, Dict[str, str]]
Layer = Any
TargetLayers = Dict[str, List[Dict[str, Any]]]
MicroservicesStatus = Tuple[Dict[str, Any], Dict[str, Any]]
Tolerance = Union[int, str, bool, list, Dict[str, Any]]


class Dry(enum.Enum):
    PROBES = "probes"
    ACTIONS = "actions"
    ACTIVITIES = "activities"
    PAUSE = "pause"


class Strategy(enum.Enum):
    BEFORE_METHOD = "before-method-only"
    AFTER_METHOD = "after-method-only"
    DURING_METHOD = "during-method-only"
    DEFAULT = "default"
    CONTINUOUS = "continuous"
    SKIP = "skip"


class Schedule:
    def __init__(self, continuous_hypothesis_frequency=1.0, fail_fast=False, fail_fast_ratio=0):
        self.continuous_hypothesis_frequency = continuous_hypothesis_frequency
        self.fail_fast = fail_fast
        self.fail_fast_ratio = fail_fast_ratio
