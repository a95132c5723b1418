"""Controls may change what the run works with: the configuration, the secrets, the activity at hand and its outcome."""


def configure_control(configuration, secrets, experiment):
    configuration["configured"] = "by the control"


def before_experiment_control(context, configuration, secrets):
    configuration["prepared"] = "before the experiment"
    secrets.setdefault("group", {})["later"] = "made-by-the-control"


def before_activity_control(context, configuration):
    if context["name"] == "changed":
        context["provider"]["arguments"] = ["what the control put there"]
    configuration["last"] = context["name"]


def after_activity_control(context, state, configuration):
    if context["name"] == "remembered":
        configuration["remembered"] = state["output"]["stdout"].strip()
