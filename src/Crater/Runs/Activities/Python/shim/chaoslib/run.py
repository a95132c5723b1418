"""What controls register to hear of the events of a run. A handler defines what it wants to hear."""


class RunEventHandler:
    def running(self, experiment, journal, configuration, secrets, schedule, settings):
        pass

    def finish(self, journal):
        pass

    def start_method(self, experiment):
        pass

    def method_completed(self, experiment, state):
        pass

    def start_rollbacks(self, experiment):
        pass

    def rollbacks_completed(self, experiment, journal):
        pass

    def start_hypothesis_before(self, experiment):
        pass

    def hypothesis_before_completed(self, experiment, state, journal):
        pass

    def start_hypothesis_after(self, experiment):
        pass

    def hypothesis_after_completed(self, experiment, state, journal):
        pass

    def start_activity(self, activity):
        pass

    def activity_completed(self, activity, run):
        pass


class EventHandlerRegistry:
    def __init__(self):
        self.handlers = []

    def register(self, handler):
        self.handlers.append(handler)
