"""The navigation: which pages there are for whom, and what stands around them. app.py names this script."""

from relevance.web import frame

frame.run()
