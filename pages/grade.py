"""Grade: the clip, the keyword, the four levels. The player does the rest (relevance/web/player)."""

from relevance.texts import language
from relevance.web import card_desk, inbox_desk, page, player, session
from relevance.web.player.data import page_data

store, actor, project = session.store(), session.actor(), session.project()
waits = False
with page.door():
    waits = card_desk.before_work(store, actor, project) or inbox_desk.before_work(store, actor, project)
if not waits:
    player.show(page_data(store, actor, project.id, language(), project.is_demo))
