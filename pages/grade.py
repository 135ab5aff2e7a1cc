"""Grade: the clip, the keyword, the four levels. The player does the rest (relevance/web/player)."""

from relevance.texts import language
from relevance.web import grade_routes, player, session

store, actor, project = session.store(), session.actor(), session.project()
player.show(grade_routes.page_data(store, actor, project.id, language(), project.is_demo))
