"""Extensions log through the toolkit's logger under this name."""
import logging

logger = logging.getLogger("chaostoolkit")
