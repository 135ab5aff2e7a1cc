"""What must be true of answers that were taken out of the count, and of the model's labels."""

from __future__ import annotations

# Each query finds nothing in a sound store: (check, SQL giving (what, detail)).
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "what was taken out of the count is an answer of that grader and project, from that time",
        """select o.assignment, 'exclusion ' || o.exclusion from exclusion_answer o
           left join exclusion e on e.id = o.exclusion left join assignment a on a.id = o.assignment
           left join item on item.id = o.item
           left join answer on answer.assignment = o.assignment and answer.seq = 0
           where e.id is null or a.id is null or a.grader <> e.grader or a.item <> o.item or item.project <> e.project
              or answer.made_at is null or answer.made_at < e.since or answer.made_at > e.until""",
    ),
    (
        "an answer is taken out of the count once",
        """select assignment, count(*) || ' times' from exclusion_answer
           anti join exclusion_return using (exclusion, assignment) group by assignment having count(*) > 1""",
    ),
    (
        "what counts again had been taken out, and its exclusion was undone",
        """select r.assignment, 'exclusion ' || r.exclusion from exclusion_return r
           left join exclusion_answer o using (exclusion, assignment)
           left join exclusion_undo u on u.exclusion = r.exclusion where o.item is null or u.exclusion is null""",
    ),
    (
        "a label of the model belongs to an item of its run's project",
        """select model_label.item, 'run ' || run from model_label join model_run on model_run.id = run
           left join item on item.id = model_label.item where item.id is null or item.project <> model_run.project""",
    ),
    (
        "a label of the model is a distribution",
        """select item, p0 + p1 + p2 + p3 from model_label
           where abs(p0 + p1 + p2 + p3 - 1) > 1e-6 or least(p0, p1, p2, p3) < 0""",
    ),
)
