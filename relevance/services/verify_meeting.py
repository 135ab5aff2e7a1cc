"""What must hold of meetings: references, one reveal before every shown vote, and what every outcome must leave."""

from __future__ import annotations

# Each query finds nothing in a sound store. (check, SQL giving (what, detail))
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "a meeting's case, attendee, vote and outcome belong to it",
        """select id, 'case of meeting ' || meeting from meeting_case where meeting not in (select id from meeting)
           union all select id, 'attendee of meeting ' || meeting from meeting_attendee where meeting not in (select id from meeting)
           union all select vote.id, 'vote on case ' || case_id from meeting_vote vote
           left join meeting_case c on c.id = case_id and c.meeting = vote.meeting
           left join meeting_attendee a on a.id = attendee and a.meeting = vote.meeting
           where c.id is null or a.id is null
           union all select outcome.id, 'outcome of case ' || case_id from outcome
           left join meeting_case c on c.id = case_id and c.meeting = outcome.meeting and c.item = outcome.item
           where c.id is null""",
    ),
    (
        "no vote came after its reveal",
        """select vote.id, 'case ' || vote.case_id from meeting_vote vote join meeting_reveal reveal using (case_id)
           where vote.made_at > reveal.made_at""",
    ),
    (
        "nothing was decided in a meeting before it began",
        """select outcome.id, 'meeting ' || outcome.meeting from outcome
           where meeting not in (select meeting from meeting_event where kind = 'opened')""",
    ),
    (
        "a closed meeting was only corrected",
        """select outcome.id, 'meeting ' || outcome.meeting from outcome join meeting_event closed
           on closed.meeting = outcome.meeting and closed.kind = 'closed'
           where outcome.made_at > closed.made_at and corrects is null""",
    ),
    (
        "a decision leaves a precedent, an amendment or says why it is single",
        """select id, coalesce(binds, 'nothing') from outcome where kind = 'decided' and not (
           (binds = 'precedent' and precedent is not null) or (binds = 'amendment' and amendment is not null)
           or (binds = 'single' and single_why is not null))""",
    ),
    (
        "an outcome's ruling is on its item",
        """select outcome.id, 'decision ' || outcome.decision from outcome left join decision on decision.id = outcome.decision
           where outcome.decision is not null and (decision.id is null or decision.item <> outcome.item
           or decision.level is distinct from outcome.level and outcome.kind <> 'returned')""",
    ),
    (
        "a case ends once, and is corrected once at a time",
        """select case_id, count(*) || ' ends' from outcome where corrects is null group by case_id having count(*) > 1
           union all select corrects, count(*) || ' corrections' from outcome where corrects is not null
           group by corrects having count(*) > 1""",
    ),
    (
        "an item stands on one agenda where it may still be decided",
        """select i.item, count(*) || ' agendas' from meeting_case_item i join meeting_case c on c.id = i.case_id
           where c.removed_at is null and c.id not in (select case_id from outcome)
             and c.meeting not in (select meeting from meeting_event where kind = 'closed')
           group by i.item having count(*) > 1""",
    ),
)
