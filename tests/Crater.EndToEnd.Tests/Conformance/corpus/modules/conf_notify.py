"""A notification plugin that writes down the name of each event."""


def notify(settings, event):
    with open("events.log", "a") as file:
        file.write(f"{event['name']} {event['phase']}\n")


def tell(settings, event):
    with open("told.log", "a") as file:
        file.write(f"{event['name']}\n")
