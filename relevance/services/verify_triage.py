"""What must be true of causes and clusters that persons gave, and of single questions to the client."""

from __future__ import annotations

# Each query finds nothing in a sound store: (check, SQL giving (what, detail)).
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "a cause was given to an item of its project",
        """select cause_given.id, 'item ' || cause_given.item from cause_given left join item on item.id = cause_given.item
           where item.id is null or item.project <> cause_given.project""",
    ),
    (
        "a cluster was made of items of its project",
        """select cluster_given.id, 'item ' || cluster_given.item from cluster_given
           left join item on item.id = cluster_given.item
           where item.id is null or item.project <> cluster_given.project""",
    ),
    (
        "a question to the client is about an item of its project",
        """select q.id, 'item ' || q.item from client_question q left join item on item.id = q.item
           where item.id is null or item.project <> q.project""",
    ),
    (
        "an answer of the client belongs to its question, is one of its choices, and came in time",
        """select a.question, 'choice ' || a.choice from client_question_answer a
           left join client_question q on q.id = a.question
           where q.id is null or a.choice >= json_array_length(q.choices::json) or a.made_at > q.expires_at
              or a.level <> (q.choices::json -> a.choice::integer ->> 'level')::integer""",
    ),
    (
        "a question that was answered was not taken back",
        """select e.question, 'taken back' from client_question_end e
           left join client_question q on q.id = e.question
           left join client_question_answer a on a.question = e.question
           where q.id is null or a.question is not null""",
    ),
)
