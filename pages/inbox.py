"""Inbox: my answers that were decided otherwise, each with agree or appeal; outcomes of appeals; my lead's replies."""

from relevance.services import guidelines, inbox
from relevance.texts import _
from relevance.web import inbox_desk as desk
from relevance.web import inbox_view as view
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Inbox"), project)
with page.door():
    told, replies = inbox.overturned(store, actor, project.id), inbox.replies(store, actor, project.id)
    if not told and not replies:
        page.empty(_("Nothing here"), _("What was decided otherwise than you answered comes here, with its reason."))
    view.left(inbox.appeals_left(store, actor, project.id))
    unread = [one for one in replies if not one.seen]
    desk.cards(store, actor, project, view.few(told, inbox.FEW), unread[: inbox.FEW])
    view.earlier(told, guidelines.current(store, project.id), project.time_zone, store.clock.now())
