"""Never imported to its end."""
import time

while True:
    time.sleep(0.05)


def never():
    pass
