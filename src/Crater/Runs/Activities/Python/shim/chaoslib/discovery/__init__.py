"""What extensions say about themselves."""
from chaoslib.discovery.discover import discover_actions, discover_activities, discover_probes, initialize_discovery_result

__all__ = ["discover_actions", "discover_activities", "discover_probes", "initialize_discovery_result"]
