"""What must hold between gold, exams, passes and verdicts. Each query finds nothing in a sound store."""

from __future__ import annotations

QUERIES: tuple[tuple[str, str], ...] = (
    (
        "what was given out unseen has its record, and nothing else has one",
        """select assignment.id, 'purpose ' || purpose from assignment left join unseen on unseen.assignment = assignment.id
           where (purpose in ('gold', 'repeat')) <> (unseen.assignment is not null)
           union all
           select assignment, 'no assignment' from unseen where assignment not in (select id from assignment)""",
    ),
    (
        "gold given out is the item's gold",
        """select unseen.assignment, 'gold ' || unseen.gold from unseen left join gold on gold.id = unseen.gold
           join assignment on assignment.id = unseen.assignment
           where unseen.gold is not null and (gold.id is null or gold.item <> assignment.item or purpose <> 'gold')""",
    ),
    (
        "nobody gets gold that he had before",
        """select gold.item, 'grader ' || gold.grader from assignment gold join assignment other
             on other.item = gold.item and other.grader = gold.grader and other.id <> gold.id
           where gold.purpose = 'gold' and other.purpose <> 'audit'""",
    ),
    ("gold's item exists", "select id, 'item ' || item from gold where item not in (select id from item)"),
    (
        "an item is gold once at a time",
        """select item, count(*) || ' pieces' from gold where id not in (select gold from gold_end)
           group by item having count(*) > 1""",
    ),
    ("an attempt's exam exists", "select id, 'exam ' || exam from attempt where exam not in (select id from exam)"),
    (
        "an attempt asks no item twice",
        "select attempt, 'item ' || item from attempt_item group by attempt, item having count(*) > 1",
    ),
    (
        "an answer belongs to an attempt and came in its time",
        """select attempt_answer.attempt, 'place ' || place from attempt_answer
           left join attempt on attempt.id = attempt_answer.attempt
           where attempt.id is null or made_at < started_at or made_at > ends_at + interval 5 seconds""",
    ),
    (
        "a result is of an attempt that is over, and there is one",
        """select attempt, count(*) || ' results' from qualification group by attempt having count(*) > 1
           union all
           select attempt, 'not over' from qualification where attempt not in (select attempt from attempt_end)""",
    ),
    (
        "a result says what the answers say",
        """with said as (select attempt, place, arg_max(level, seq) as level from attempt_answer group by attempt, place),
           counted as (
               select attempt_item.attempt, count(*) as n, count(*) filter (said.level = attempt_item.level) as exact,
                      count(*) filter (abs(said.level - attempt_item.level) <= 1) as near
               from attempt_item left join said
                 on said.attempt = attempt_item.attempt and said.place = attempt_item.place
               group by attempt_item.attempt)
           select attempt, 'stored ' || qualification.exact || ', answers give ' || counted.exact
           from qualification join counted using (attempt)
           where (qualification.n, qualification.exact, qualification.near) <> (counted.n, counted.exact, counted.near)""",
    ),
    (
        "only a pass is taken back",
        """select qualification, 'not passed' from qualification_end
           where qualification not in (select id from qualification where passed)""",
    ),
    (
        "an item in doubt exists in its project",
        """select item_doubt.id, 'item ' || item from item_doubt left join item on item.id = item_doubt.item
           where item.id is null or item.project <> item_doubt.project""",
    ),
    (
        "gold that left by itself is retired",
        "select gold, because from gold_touched where gold not in (select gold from gold_end where why = 'retired')",
    ),
    (
        "gold in the stream that was made of a label has that label still",
        """select gold.id, 'item is ' || last.state from gold join item on item.id = gold.item
           join (select item, max_by(state, id) as state from item_event group by item) last on last.item = gold.item
           where gold.id not in (select gold from gold_end) and item.gold is distinct from gold.level
             and last.state not in ('settled', 'decided')""",
    ),
    ("a duty that ended was asked for", "select duty, why from duty_end where duty not in (select id from duty)"),
    (
        "an example's item exists",
        "select id, 'item ' || item from example where item not in (select id from item)",
    ),
    (
        "a verdict's item exists",
        "select id, 'item ' || item from verdict where item not in (select id from item)",
    ),
)
