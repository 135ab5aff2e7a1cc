"""Exams: offering, marking answers in words, results, what items tell, gold, and the training."""

import streamlit as st

from relevance.roles import Act, allowed, require
from relevance.services import (
    doubts,
    exams,
    gold,
    gold_list,
    guidelines,
    item_analysis,
    marking,
    membership,
    passes,
    policies,
    training,
)
from relevance.texts import _
from relevance.web import exam_desk as desk
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Exams and gold"), project)
with page.door():
    require(actor, Act.MANAGE_EXAMS, project.id)
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    titles = [_("Exams"), _("In words"), _("Results"), _("Items"), _("Gold"), _("Training")]
    offers, words, results, items, stream, course = st.tabs(titles, key="exam_tab", bind=None)
    with offers, page.door():
        if allowed(actor, Act.MANAGE_PROJECT, project.id):
            change = desk.gate(store.live.projects[project.id].settings)
            if change is not None:
                version = policies.change(store, actor, project.id, **change)
                page.done(_("Policy version {n} is in force.").format(n=version))
        pool, keywords = exams.known(store, project.id)
        if (gone := desk.offered(exams.offered(store, project.id), guideline, keywords)) is not None:
            exams.withdraw(store, actor, project.id, gone)
            page.done(_("The exam is not offered any more."))
        if (wish := desk.form(guideline, pool, keywords)) is not None:
            exams.save(
                store, actor, project.id, wish.name, kind=wish.kind, cells=wish.cells, written=wish.written,
                minutes=wish.minutes, rules=wish.rules,
            )  # fmt: skip
            page.done(_("The exam is offered."))
    with words, page.door():
        waiting = marking.to_mark(store, actor, project.id)
        if not waiting:
            page.empty(_("Nothing to mark"), _("Answers in words come here, without names."), ":material/task_alt:")
        if (given := desk.written(waiting)) is not None:
            marking.give_points(
                store, actor, project.id, given.attempt, given.place, given.points, given.comment
            )  # fmt: skip
            page.done(_("The points were given."))
    with results, page.door():
        back = desk.results(passes.results(store, actor, project.id), project.time_zone, now)
        if back is not None:
            passes.take_back(store, actor, project.id, *back)
            page.done(_("The pass was taken back."))
    with items, page.door():
        doubtful = desk.items(item_analysis.of(store, actor, project.id), guideline)
        if doubtful is not None:
            row, why = doubtful
            doubts.dispute(
                store, actor, project.id, row.figures.item, why, row.figures.good, row.figures.good_failed
            )  # fmt: skip
            page.done(_("Item {item} is a dispute now.").format(item=row.figures.item))
    with stream, page.door():
        graders = [row.account for row in membership.of(store, project.id) if row.role == "grader"]
        desk.supply(gold_list.supply(store, actor, project.id, graders))
        if (chosen := desk.make_gold(gold_list.offered(store, actor, project.id))) is not None:
            made = gold.make_many(store, actor, chosen)
            page.done(_("New gold: {n} pieces.").format(n=len(made)))
        changed = desk.gold(gold_list.rows(store, actor, project.id), guideline)
        if changed is not None:
            what, piece, level, reason = changed
            if what == "retire":
                gold.retire(store, actor, piece)
            else:
                gold.keep(store, actor, piece, level, reason)
            page.done(_("The gold was changed."))
    with course, page.door():
        if (out := desk.examples(training.examples(store, actor, project.id), guideline)) is not None:
            training.end_example(store, actor, project.id, out)
            page.done(_("The example was taken out."))
        if (new := desk.example(guideline)) is not None:
            training.add_example(store, actor, project.id, new.item, new.rule, new.level, new.zh, new.en)
            page.done(_("The example was added."))
        if st.button(_("Fill from gold that cites a rule"), icon=":material/auto_awesome:", key="fill"):
            n = training.from_gold(store, actor, project.id)
            page.done(_("Examples added: {n}.").format(n=n))
