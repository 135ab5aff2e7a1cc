"""What must be true of precedents, of what was carried on and taken back, of appeals and amendments."""

from __future__ import annotations

from relevance.store.known import REPLACED

# Each query finds nothing in a sound store: (check, SQL giving (what, detail)).
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "a precedent belongs to an item of its project, with its keyword and clip",
        """select p.id, 'item ' || p.item from precedent p left join item on item.id = p.item
           where item.id is null or item.project <> p.project or item.keyword <> p.keyword or item.clip <> p.clip""",
    ),
    (
        "a precedent is superseded once",
        f"select old, count(*) || ' times' from ({REPLACED}) group by all having count(*) > 1",
    ),
    (
        "a precedent's place is taken by one of its project, and no two stand in each other's place",
        """select r.old, 'precedent ' || r.new from precedent_replaced r left join precedent o on o.id = r.old
           left join precedent n on n.id = r.new
           where o.id is null or n.id is null or o.project <> r.project or n.project <> r.project or r.old = r.new
              or exists (select 1 from precedent_replaced b where b.old = r.new and b.act < r.act)""",
    ),
    (
        "what was carried on to an item is a decision of that act on it",
        """select i.item, 'propagation ' || i.propagation from propagation_item i
           left join propagation g on g.id = i.propagation left join decision d on d.id = i.decision
           where g.id is null or d.id is null or d.item <> i.item or d.project <> g.project or d.act <> g.id
              or d.level is distinct from g.level""",
    ),
    (
        "a ruling was taken back by the undo of its propagation",
        """select u.decision, 'propagation ' || u.propagation from ruling_undone u
           left join propagation_item i using (decision) left join propagation_undo o on o.propagation = u.propagation
           where i.item is null or i.propagation <> u.propagation or o.propagation is null""",
    ),
    (
        "a sample is of what its propagation settled",
        """select s.item, 'propagation ' || s.propagation from propagation_sample s
           left join propagation_item i on i.propagation = s.propagation and i.item = s.item where i.item is null""",
    ),
    (
        "an appeal reopened the item of its answer",
        """select a.assignment, 'decision ' || a.decision from inbox_answer a
           left join assignment s on s.id = a.assignment left join reopening r on r.id = a.reopening
           where s.id is null or s.grader <> a.grader
              or (a.said = 'appeal' and (r.id is null or r.item <> s.item or r.why <> 'appeal'))""",
    ),
    (
        "a draft is published once",
        """select amendment, count(*) || ' times' from amendment_step where step = 'published'
           group by all having count(*) > 1""",
    ),
    (
        "a change belongs to a version of its project",
        """select c.guideline, 'project ' || c.project from guideline_change c left join guideline g on g.id = c.guideline
           where g.id is null or g.project <> c.project""",
    ),
    (
        "a version's items were reached by the act that it names",
        """select c.guideline, 'propagation ' || c.propagation from guideline_change c
           left join propagation g on g.id = c.propagation
           where c.propagation is not null and (g.id is null or g.project <> c.project or g.amendment is null)""",
    ),
    (
        "an answer of a pilot is of one of its people to one of its items",
        """select a.pilot, 'account ' || a.account || ', place ' || a.place from pilot_answer a
           where not exists (select 1 from pilot_person p where p.pilot = a.pilot and p.account = a.account)
              or not exists (select 1 from pilot_item i where i.pilot = a.pilot and i.place = a.place)""",
    ),
    (
        "a pilot's items and draft are its project's",
        """select p.id, 'project ' || p.project from pilot p left join amendment a on a.id = p.amendment
           where a.id is null or a.project <> p.project or exists (
               select 1 from pilot_item i left join item on item.id = i.item
               where i.pilot = p.id and (item.id is null or item.project <> p.project))""",
    ),
    (
        "nobody answers a pilot that is closed",
        """select a.pilot, 'account ' || a.account from pilot_answer a join pilot_end e using (pilot)
           where a.made_at > e.made_at""",
    ),
    (
        "an example's item is its project's",
        """select e.id, 'item ' || e.item from guideline_example e left join item on item.id = e.item
           where item.id is null or item.project <> e.project""",
    ),
)
