"""Only for annotations: controls are called by whoever runs the experiment."""
from chaoslib.types import Control

__all__ = ["Control"]
