"""What analysts are given: the one list of views and columns that leave the store, each with its meaning.

The snapshot is built from this list and from nothing else, docs/data-dictionary.md is printed from it, and exports use
its rules. Whatever is not named here stays inside: passwords, sessions, addresses, names and logins of people, leases,
the audit log. A person is a number and a kind.

Columns may be added from release to release; none changes its meaning or goes without a new `api_version`.
"""

from __future__ import annotations

from dataclasses import dataclass

from relevance.store.known import KNOWN, NEWEST, STANDING, Z, newest, wilson

API_VERSION = 1


@dataclass(frozen=True, slots=True)
class View:
    """One view: its name, what a row is, the columns with their meanings, and the query over the store's tables."""

    name: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    query: str


def utc(column: str, name: str | None = None) -> str:
    """A moment as a plain timestamp in UTC.

    Plain, since a client without a time zone library (Python without pytz) cannot read one with a zone, and since the
    same query must give the same text on every machine.
    """
    return f"({column} at time zone 'UTC')::timestamp as {name or column.rsplit('.', 1)[-1]}"


COMMITTED = "(select id from import where committed_at is not null)"

# Answers as they stand: of each assignment the newest. `seq` is 0 unless somebody corrected himself.
REDONE = "select assignment, max(seq) as seq from answer where seq > 0 {until} group by assignment"
CURRENT = f"""
    select answer.* from answer left join ({REDONE}) redone on redone.assignment = answer.assignment
    where answer.seq = coalesce(redone.seq, 0) {{until}}"""


# Assignments whose answers a lead took out of the count and has not given back.
EXCLUDED = """select assignment from exclusion_answer
    where exclusion in (select id from exclusion where true {until})
      and exclusion not in (select exclusion from exclusion_undo where true {until})"""


def labels_query(scope: str = "true", until: str = "") -> str:
    """The items that have a label, and what stands behind it.

    scope: a condition on `item`. until: a condition on `made_at` that begins with `and`, for labels as of a past time.
    Columns: item, level, how, n, agreeing, settled_at, round, policy, guideline (ids).
    """
    return f"""
    with last as (
        select item, max(id) as id from item_event
        where item in (select id from item where {scope} and import in {COMMITTED}) {until} group by item),
    standing as (
        select item_event.* from item_event join last using (id) where state in ('settled', 'decided')),
    counted as (
        select standing.item, count(*) as n, count(*) filter (a.level = standing.level) as agreeing
        from ({CURRENT.format(until=until)}) a join standing on standing.item = a.item and standing.round = a.round
        where a.counts and a.purpose = 'work' and a.level is not null
          and a.assignment not in ({EXCLUDED.format(until=until)}) group by standing.item)
    select standing.item, standing.level, standing.why as how, standing.n, counted.agreeing,
           case when counted.n > 0 then counted.agreeing / counted.n end as agreement,
           standing.made_at as settled_at, standing.round, standing.policy, standing.guideline
    from standing left join counted on counted.item = standing.item"""


# One row an item and round with at least two grades that count: what api.agreement is summed from. The copy keeps it
# beside its views, so that only items that changed are counted anew.
VOTES = f"""
    with a as ({STANDING}),
        votes as (
            select a.item, count(*) as n, max(a.made_at) as last,
                   count(*) filter (level = 0) as v0, count(*) filter (level = 1) as v1,
                   count(*) filter (level = 2) as v2, count(*) filter (level = 3) as v3
            from a where level is not null and purpose = 'work' and counts
              and assignment not in ({EXCLUDED.format(until="")}) group by a.item, a.round having count(*) >= 2)
    select votes.item, item.project, item.keyword, (last at time zone project.time_zone)::date as day, n,
           n * (n - 1) // 2 as pairs,
           (v0 * (v0 - 1) + v1 * (v1 - 1) + v2 * (v2 - 1) + v3 * (v3 - 1)) // 2 as equal,
           v0 * v1 + v1 * v2 + v2 * v3 as near
    from votes join item on item.id = votes.item join project on project.id = item.project"""


def agreement_of(votes: str) -> str:
    """The query of api.agreement over a table, or a query in brackets, that gives what VOTES gives."""
    return f"""select project, keyword, day, count(*) as items, sum(n)::bigint as grades, sum(pairs)::bigint as pairs,
               sum(equal)::bigint as equal, sum(equal + near)::bigint as within_one, avg(equal / pairs) as agreement
        from {votes} votes group by project, keyword, day"""


# The percentages of each policy version, and of the version in force, as lists: element level + 1.
SCALES = "(select id, project, version, percents::integer[] as percents from policy)"
SCALE_NOW = "(select project, max_by(percents, version)::integer[] as percents from policy group by project)"
GUIDELINES = "(select id, version from guideline)"

_PROJECT = ("project", "The project's number (api.projects).")
_ITEM = ("item", "The item's number (api.items).")
_GRADER = ("grader", "The grader's number; who it is stays in the product (api.graders).")
_KIND = ("grader_kind", "person or machine.")
_LEVEL = ("level", "0 to 3, the lowest relevance first.")
_POLICY = ("policy_version", "Version of the project's policy that it was made under (api.policies).")
_GUIDELINE = (
    "guideline_version",
    "Version of the project's guideline that it was made under (api.guideline_rules); null: there was none.",
)

VIEWS: tuple[View, ...] = (
    View(
        "snapshot",
        "One row: when this copy was made, and of which moment. Everything in the file is of the same moment.",
        (
            ("made_at", "When the file was finished (UTC)."),
            ("as_of", "The moment that the data are of (UTC): whatever was saved before it is in the file."),
            ("api_version", "Version of this schema. Columns are only added within one version."),
            ("product_version", "Release of the product that wrote the file."),
            ("store_schema", "Number of the store's last migration."),
        ),
        "",  # written by the snapshot itself
    ),
    View(
        "projects",
        "One row a project.",
        (
            _PROJECT,
            ("name", "Its name."),
            ("time_zone", "IANA name of the time zone that defines its day."),
            ("is_demo", "True for a demonstration: simulated graders, no real labels."),
            ("paused_at", "Since when nothing is given out (UTC); null: it is not paused."),
            ("pause_reason", "Why it is paused."),
            ("created_at", "When it was made (UTC)."),
        ),
        f"select id as project, name, time_zone, is_demo, {utc('paused_at')}, pause_reason, {utc('created_at')}"
        " from project",
    ),
    View(
        "policies",
        "One row a version of a project's policy: when grades are enough, and how levels are shown.",
        (
            _PROJECT,
            ("version", "1 for the first; the greatest is in force."),
            ("overlap", "Grades wanted before anything is said."),
            ("margin", "After a split, a level must lead the next by so many grades."),
            ("cap", "No more grades than this; then it is a dispute."),
            ("far", "Two grades so many levels apart are a dispute at once."),
            ("audit_share", "Share of settled items that are graded once more, drawn at random (0 to 1)."),
            ("percents", "The percentages of levels 0 to 3, lowest first, as a list."),
            ("made_at", "When it came into force (UTC)."),
        ),
        "select project, version, overlap, margin, cap, far, audit_share, percents::integer[] as percents,"
        f" {utc('made_at')} from policy",
    ),
    View(
        "guideline_levels",
        "One row a level of a guideline's version: its names and definitions.",
        (
            _PROJECT,
            ("version", "The guideline's version."),
            _LEVEL,
            ("name_zh", "Its name in Chinese."),
            ("name_en", "Its name in English."),
            ("definition_zh", "Its one-line definition in Chinese."),
            ("definition_en", "Its one-line definition in English."),
        ),
        "select project, version, level, name_zh, name_en, definition_zh, definition_en"
        " from guideline_level join guideline on guideline.id = guideline_level.guideline",
    ),
    View(
        "guideline_rules",
        "One row a rule of a guideline's version.",
        (
            _PROJECT,
            ("version", "The guideline's version; the greatest is in force."),
            ("rule", "The rule's stable id, the same from version to version and in both languages."),
            ("position", "Its place in the guideline."),
            ("number", "Its number as printed."),
            ("heading_zh", "The heading that it stands under, in Chinese."),
            ("heading_en", "The heading that it stands under, in English."),
            ("title_zh", "Its title in Chinese."),
            ("title_en", "Its title in English."),
            ("text_zh", "Its text in Chinese (Markdown)."),
            ("text_en", "Its text in English (Markdown)."),
        ),
        "select project, version, rule, position, number, heading_zh, heading_en, guideline_rule.title_zh,"
        " guideline_rule.title_en, text_zh, text_en"
        " from guideline_rule join guideline on guideline.id = guideline_rule.guideline",
    ),
    View(
        "batches",
        "One row a batch: items that arrived together.",
        (
            ("batch", "The batch's number."),
            _PROJECT,
            ("name", "Its name."),
            ("deadline", "When it is due (UTC); null: no deadline."),
            ("overlap", "Grades wanted an item where it differs from the policy's; null: the policy's."),
            ("items", "How many items it has."),
            ("made_at", "When it arrived (UTC)."),
        ),
        f"""select batch.id as batch, batch.project, batch.name, {utc("batch.deadline")}, batch.overlap,
        coalesce(counted.items, 0) as items, {utc("batch.made_at")}
        from batch left join (
            select batch, count(*) as items from item where import in {COMMITTED} group by batch) counted
        on counted.batch = batch.id""",
    ),
    View(
        "imports",
        "One row an import of an items file that was completed.",
        (
            ("import", "The import's number."),
            _PROJECT,
            ("file", "The file's name."),
            ("digest", "SHA-256 of the file."),
            ("rows", "Rows in the file."),
            ("added", "Items that it added."),
            ("updated", "Items that it changed."),
            ("started_at", "When it began (UTC)."),
            ("committed_at", "When its items became visible (UTC)."),
        ),
        f"select id as import, project, file, digest, rows, added, updated, {utc('started_at')}, {utc('committed_at')}"
        " from import where committed_at is not null",
    ),
    View(
        "clips",
        "One row a clip: what is played.",
        (
            ("clip", "The clip's number."),
            _PROJECT,
            ("content_id", "SHA-256 of the prepared file: the same content has the same id everywhere."),
            ("name", "Its name."),
            ("source_name", "Name of the file that it was made from, as received."),
            ("source_sha256", "SHA-256 of that file."),
            ("media_kind", "video."),
            ("start_ms", "Where it begins in its source, in milliseconds; null: it is the whole source."),
            ("end_ms", "Where it ends in its source, in milliseconds; null: it is the whole source."),
            ("duration_ms", "Its length in milliseconds."),
            ("width", "Width of the picture in pixels."),
            ("height", "Height of the picture in pixels."),
            ("fps", "Frames a second."),
            ("frames", "How many frames it has."),
            ("bytes", "Size of the prepared file."),
            ("has_audio", "Whether it has sound."),
            ("fingerprint", "Perceptual fingerprint: near-duplicates have near fingerprints."),
            ("title", "The title that came with the video."),
            ("description", "The description that came with the video."),
            ("made_at", "When it was prepared (UTC)."),
            ("removed_at", "When its bytes were deleted (UTC); null: it can be played."),
        ),
        f"""select clip.id as clip, clip.project, content_id, clip.name, source.name as source_name,
        source.sha256 as source_sha256, media_kind, start_ms, end_ms, duration_ms, width, height, fps, frames, clip.bytes,
        has_audio, fingerprint, title, description, {utc("clip.made_at")}, {utc("clip.removed_at")}
        from clip left join source on source.id = clip.source""",
    ),
    View(
        "keywords",
        "One row a keyword.",
        (
            ("keyword", "The keyword's number."),
            _PROJECT,
            ("text_zh", "Its text in Chinese."),
            ("text_en", "Its text in English."),
            ("family", "The family of keywords that it belongs to."),
            ("note", "What it means."),
            ("weight", "How often it is searched."),
            ("made_at", "When it came in (UTC)."),
        ),
        f"select id as keyword, project, text_zh, text_en, family, note, weight, {utc('made_at')} from keyword"
        " where act not in (select act from import where committed_at is null)",
    ),
    View(
        "items",
        "One row an item: a clip and a keyword, the unit that is graded.",
        (
            _ITEM,
            _PROJECT,
            ("batch", "The batch's number (api.batches)."),
            ("keyword", "The keyword's number (api.keywords)."),
            ("clip", "The clip's number (api.clips)."),
            ("start_ms", "Where the range to be graded begins within the clip, in milliseconds; null: the whole clip."),
            ("end_ms", "Where it ends within the clip, in milliseconds; null: the whole clip."),
            ("external_id", "The client's own id of it."),
            ("overlap", "Grades wanted where it differs from batch and policy; null: as these say."),
            ("gold", "The level that is known beforehand (0 to 3); null: none is."),
            ("state", "open, settled, disputed, decided or withdrawn."),
            ("level", "Its label's level (0 to 3); null: it has no label (yet)."),
            ("state_since", "Since when it is in this state (UTC); null: nobody has changed it yet."),
            ("import", "The import that brought it (api.imports)."),
        ),
        f"""select item.id as item, item.project, item.batch, item.keyword, item.clip, item.start_ms, item.end_ms,
        item.external_id, item.overlap, item.gold, coalesce(standing.state, 'open') as state, standing.level,
        {utc("standing.made_at", "state_since")}, item.import
        from item left join (
            select item_event.* from item_event join (
                select max(id) as id from item_event group by item) last using (id)) standing on standing.item = item.id
        where item.import in {COMMITTED}""",
    ),
    View(
        "item_events",
        "One row a change of an item's state; the last one before a moment tells the state and label at that moment.",
        (
            ("event", "The event's number; greater is later."),
            _PROJECT,
            _ITEM,
            ("state", "The state that it came into: open, settled, disputed, decided or withdrawn."),
            ("level", "The label's level (0 to 3) where it has one."),
            ("why", "What brought it there: consensus, decision, far, cap, flag, grades, withdrawn ..."),
            ("n", "Grades that counted then."),
            ("round", "The item's round of grading."),
            _POLICY,
            _GUIDELINE,
            ("made_at", "When (UTC)."),
        ),
        f"""select item_event.id as event, item.project, item_event.item, item_event.state, item_event.level,
        item_event.why, item_event.n, item_event.round, scale.version as policy_version,
        guide.version as guideline_version, {utc("item_event.made_at")}
        from item_event join item on item.id = item_event.item left join {SCALES} scale on scale.id = item_event.policy
        left join {GUIDELINES} guide on guide.id = item_event.guideline""",
    ),
    View(
        "graders",
        "One row an account: a number and a kind.",
        (
            ("grader", "The account's number."),
            ("kind", "person or machine."),
            ("created_at", "When it was made (UTC)."),
            ("disabled_at", "Since when it may not sign in (UTC); null: it may."),
        ),
        f"select id as grader, kind, {utc('created_at')}, {utc('disabled_at')} from account",
    ),
    View(
        "members",
        "One row a part that an account has or had in a project.",
        (
            _PROJECT,
            ("account", "The account's number (api.graders)."),
            ("role", "grader, lead, client, specialist or analyst."),
            ("lead", "The number of the lead of its team; null: no team."),
            ("since", "From when (UTC)."),
            ("until", "Until when (UTC); null: still."),
        ),
        f"select project, account, role, lead, {utc('since')}, {utc('until')} from member",
    ),
    View(
        "grades",
        "One row a grade: one grader's answer on one item. A correction is a further row with the next seq.",
        (
            ("assignment", "The assignment's number: this grader's turn at this item. With seq, the grade's key."),
            ("seq", "0 for the first answer, then 1 for each correction."),
            ("current", "True for the newest answer of its assignment."),
            _PROJECT,
            _ITEM,
            _GRADER,
            _KIND,
            ("purpose", "work, gold, repeat, audit or exam. Only work counts towards the label."),
            ("round", "The item's round of grading that it belongs to."),
            _LEVEL,
            ("percent", "The level as the grader saw it, in percent."),
            ("counts", "Whether it counted towards the label when it arrived."),
            ("why_not", "Why it did not: expired, settled, disputed, decided, withdrawn, surplus; null: it counted."),
            ("note", "The grader's reason."),
            ("rule", "The rule that decided (api.guideline_rules)."),
            ("evidence_ms", "Times within the clip that the grader marked, in milliseconds, as a list."),
            _POLICY,
            _GUIDELINE,
            ("shown_at", "When the item was shown (UTC), by the server's clock."),
            ("first_frame_ms", "From shown to the first picture, in milliseconds."),
            ("decision_ms", "From shown to the grade, in milliseconds."),
            ("watched_ms", "How much of the clip's time was played, in milliseconds."),
            ("watched_share", "Share of the clip that was seen (0 to 1)."),
            ("speed", "Playback speed at the time of the grade."),
            ("client", "What program sent it."),
            ("made_at", "When it was saved (UTC)."),
        ),
        f"""select answer.assignment, answer.seq, answer.seq = coalesce(redone.seq, 0) as current, item.project,
        answer.item, answer.grader, account.kind as grader_kind, answer.purpose, answer.round, answer.level,
        scale.percents[answer.level + 1] as percent, answer.counts, answer.why_not, answer.note, answer.rule,
        answer.evidence_ms::bigint[] as evidence_ms, scale.version as policy_version, guide.version as guideline_version,
        {utc("answer.shown_at")}, answer.first_frame_ms, answer.decision_ms, answer.watched_ms, answer.watched_share,
        answer.speed, answer.client, {utc("answer.made_at")}
        from answer join item on item.id = answer.item left join account on account.id = answer.grader
        left join {SCALES} scale on scale.id = answer.policy left join {GUIDELINES} guide on guide.id = answer.guideline
        left join ({REDONE.format(until="")}) redone on redone.assignment = answer.assignment
        where answer.level is not null""",
    ),
    View(
        "flags",
        "One row a flag that a grader raised.",
        (
            ("assignment", "The assignment's number."),
            ("seq", "The answer's place among the assignment's answers."),
            ("current", "True where no later answer of the assignment took it back."),
            _PROJECT,
            _ITEM,
            _GRADER,
            _KIND,
            (
                "flag",
                "bad_clip, unclear_keyword, no_rule, other, or handed_back (a clip that this person would rather not watch).",
            ),
            ("text", "What the grader wrote."),
            ("level", "The level that was given with it (0 to 3); null: none."),
            ("made_at", "When it was saved (UTC)."),
        ),
        f"""select answer.assignment, answer.seq, answer.seq = coalesce(redone.seq, 0) as current, item.project,
        answer.item, answer.grader, account.kind as grader_kind, answer.flag, answer.flag_text as text, answer.level,
        {utc("answer.made_at")}
        from answer join item on item.id = answer.item left join account on account.id = answer.grader
        left join ({REDONE.format(until="")}) redone on redone.assignment = answer.assignment
        where answer.flag is not null""",
    ),
    View(
        "questions",
        "One row a question about a clip or a keyword; its answer holds for all items that hang on it.",
        (
            ("question", "The question's number."),
            _PROJECT,
            ("kind", "clip or keyword."),
            ("subject", "The clip's or the keyword's number."),
            ("made_at", "When it was opened (UTC)."),
            ("outcome", "grade (go on), withdraw (its items are taken out) or level; null: not answered yet."),
            ("level", "The level that was given to all its items; null: none."),
            ("text", "The answer."),
            ("answered_at", "When it was answered (UTC)."),
        ),
        f"""select question.id as question, question.project, question.kind, question.subject, {utc("question.made_at")},
        question_answer.outcome, question_answer.level, question_answer.text,
        {utc("question_answer.made_at", "answered_at")}
        from question left join question_answer on question_answer.question = question.id""",
    ),
    View(
        "disputes",
        "One row each time that an item became disputed.",
        (
            ("dispute", "The number of the event that opened it (api.item_events)."),
            _PROJECT,
            _ITEM,
            ("round", "The item's round of grading."),
            ("why", "far (two grades too far apart), cap (no level leads) or flag."),
            ("n", "Grades that counted then."),
            ("opened_at", "When it was opened (UTC)."),
            ("closed_at", "When the item left the dispute (UTC); null: it is still disputed."),
            ("outcome", "The state that it left for: decided, settled, open (sent back) or withdrawn; null: none yet."),
            ("level", "The label's level that it left with (0 to 3); null: none."),
        ),
        f"""with story as (
            select id, item, round, why, n, state, made_at,
                   lead(made_at) over later as closed_at, lead(state) over later as outcome, lead(level) over later as level
            from item_event where item in (select item from item_event where state = 'disputed')
            window later as (partition by item order by id))
        select story.id as dispute, item.project, story.item, story.round, story.why, story.n,
               {utc("story.made_at", "opened_at")}, {utc("story.closed_at")}, story.outcome, story.level
        from story join item on item.id = story.item where story.state = 'disputed'""",
    ),
    View(
        "decisions",
        "One row a ruling by a person on one item: a level, a return for more grades, or a question's answer.",
        (
            ("decision", "The decision's number."),
            _PROJECT,
            _ITEM,
            ("kind", "level (decided), return (more grades), withdraw or question."),
            ("level", "The level that was decided (0 to 3); null: none."),
            ("extra", "For a return: grades wanted beyond those that had counted."),
            ("n", "Grades that counted when it was made."),
            ("reason", "Why, in the words of who decided."),
            ("rule", "The rule that it rests on (api.guideline_rules)."),
            ("made_by", "The number of who decided (api.graders)."),
            ("made_at", "When (UTC)."),
        ),
        "select id as decision, project, item, kind, level, extra, n, reason, rule, made_by,"
        f" {utc('made_at')} from decision",
    ),
    View(
        "labels",
        "One row an item that has a label now: settled by consensus or decided by a person.",
        (
            _ITEM,
            _PROJECT,
            ("batch", "The batch's number (api.batches)."),
            ("keyword", "The keyword's number (api.keywords)."),
            ("clip", "The clip's number (api.clips)."),
            ("level", "The label: 0 to 3, the lowest relevance first."),
            ("percent", "The label in percent, by the policy in force."),
            ("how", "What settled it: consensus, decision or question."),
            ("n", "Grades that counted."),
            ("agreement", "Share of the grades that counted which equal the label (0 to 1); null: there were none."),
            _POLICY,
            _GUIDELINE,
            ("settled_at", "Since when it is so (UTC)."),
        ),
        f"""select item.id as item, item.project, item.batch, item.keyword, item.clip, label.level,
        scale_now.percents[label.level + 1] as percent, label.how, label.n, label.agreement,
        scale.version as policy_version, guide.version as guideline_version, {utc("label.settled_at")}
        from ({labels_query()}) label join item on item.id = label.item
        left join {SCALES} scale on scale.id = label.policy left join {GUIDELINES} guide on guide.id = label.guideline
        left join {SCALE_NOW} scale_now on scale_now.project = item.project""",
    ),
    View(
        "audits",
        "One row an item that was drawn, independently of everything else, to be graded once more.",
        (
            _ITEM,
            ("share", "The probability that it was drawn with."),
            ("made_at", "When it was drawn (UTC)."),
        ),
        f"select item, share, {utc('made_at')} from audit_draw",
    ),
    View(
        "exclusions",
        "One row an act by which a grader's answers of a span of time were taken out of the count.",
        (
            ("exclusion", "The act's number."),
            _PROJECT,
            _GRADER,
            ("since", "Answers from this moment on (UTC) ..."),
            ("until", "... to this one (UTC) do not count."),
            ("answers", "How many answers."),
            ("made_by", "The number of who did it (api.graders)."),
            ("made_at", "When (UTC)."),
            ("undone_at", "Since when they count again (UTC); null: they do not."),
        ),
        f"""select exclusion.id as exclusion, project, grader, {utc("since")}, {utc("until")}, coalesce(n, 0) as answers,
        exclusion.made_by, {utc("exclusion.made_at")}, {utc("exclusion_undo.made_at", "undone_at")}
        from exclusion left join exclusion_undo on exclusion_undo.exclusion = exclusion.id
        left join (select exclusion as e, count(*) as n from exclusion_answer group by exclusion) on e = exclusion.id""",
    ),
    View(
        "alerts",
        "One row an alert that rang about a grader: the first time, until somebody acts on it.",
        (
            ("alert", "The alert's number."),
            _PROJECT,
            _GRADER,
            ("kind", "accuracy, one_level, unseen, copying, streak or shift: which test."),
            ("rang_at", "When the answer came that made it ring (UTC)."),
            ("since", "Since when the change is most likely there (UTC)."),
            ("n", "Answers since then that bear on it."),
            ("value", "What was seen over them: a share (0 to 1); for a shift the mean level."),
            ("usual", "What was to be expected."),
            ("odds", "Odds against 'as usual' when it was noted."),
            ("needed", "Odds at which a test rings in this team: at most one false alarm a month."),
            ("level", "The level drifted to, for one_level (0 to 3); else null."),
            ("partner", "The number of whom he copies, for copying (api.graders); else null."),
            ("noted_at", "When the product noted it (UTC)."),
            (
                "done",
                "What was first done about it: talk, retrain, re_examine, pause, regrade, nothing; null: not yet.",
            ),
            ("done_at", "When (UTC)."),
        ),
        f"""with rang as (
            select id, project, (detail->>'grader')::bigint as grader, detail->>'kind' as kind,
                   (detail->>'rang_at')::timestamptz as rang_at, (detail->>'since')::timestamptz as since,
                   (detail->>'n')::bigint as n, (detail->>'value')::double as value, (detail->>'usual')::double as usual,
                   (detail->>'odds')::double as odds, (detail->>'needed')::double as needed,
                   (detail->>'level')::smallint as level, (detail->>'partner')::bigint as partner, made_at
            from act where name = 'alert.rang')
        select rang.id as alert, rang.project, rang.grader, rang.kind, {utc("rang_at")}, {utc("since")}, n, value, usual,
               odds, needed, level, partner, {utc("any_value(rang.made_at)", "noted_at")},
               min_by(alert_act.what, alert_act.id) as done, {utc("min_by(alert_act.made_at, alert_act.id)", "done_at")}
        from rang left join alert_act on alert_act.project = rang.project and alert_act.grader = rang.grader
             and alert_act.kind = rang.kind and alert_act.made_at >= rang.made_at group by all""",
    ),
    View(
        "model_runs",
        "One row a fit of the model to a project's grades; a run writes the labels that changed.",
        (
            ("run", "The run's number; greater is later."),
            _PROJECT,
            ("version", "Version of the model and its defaults; another version gives other numbers."),
            ("as_of", "Answers up to this moment (UTC) went into it."),
            ("grades", "How many grades."),
            ("items", "How many items have a grade."),
            ("changed", "How many labels it wrote."),
            ("seconds", "How long it took."),
            ("made_at", "When it was finished (UTC)."),
        ),
        f"""select id as run, project, version, {utc("as_of")}, grades, items, changed, seconds, {utc("made_at")}
        from model_run""",
    ),
    View(
        "model_labels",
        "One row an item that has a grade: what the model says of it, as of the newest run that changed it.",
        (
            _ITEM,
            _PROJECT,
            ("p0", "Probability of level 0 (0 to 1); the four sum to 1."),
            ("p1", "Probability of level 1."),
            ("p2", "Probability of level 2."),
            ("p3", "Probability of level 3."),
            ("level", "The most probable level; of tied ones the lower median."),
            ("tie", "Whether more than one level was the most probable."),
            ("n", "Grades that it rests on."),
            ("run", "The run that wrote it (api.model_runs)."),
            ("version", "Version of the model."),
            ("made_at", "When it was written (UTC)."),
        ),
        f"""select label.item, model_run.project, p0, p1, p2, p3, level, tie, n, label.run, version,
        {utc("model_run.made_at")} from ({NEWEST}) label join model_run on model_run.id = label.run""",
    ),
    View(
        "delivered",
        "One row a project with an audit sample: accuracy of the labels that grades settled, by Horvitz and Thompson's"
        " weights (Hajek's ratio), since the sample is drawn independently of policy.",
        (
            _PROJECT,
            ("drawn", "Items that were drawn."),
            ("audited", "Of them, those that one more person has graded."),
            ("confirmed", "Share of the labels that this grade confirms (0 to 1), each item weighted by 1 / share."),
            ("confirmed_low", "Lower end of its 95 % interval (Wilson's, at the number audited)."),
            ("confirmed_high", "Upper end."),
            ("accuracy", "Mean probability, by the model and that grade, that the label is right, weighted alike."),
        ),
        f"""with graded as (
            select item, min_by(level, made_at) as level from answer
            where purpose = 'audit' and level is not null and assignment not in ({EXCLUDED.format(until="")})
            group by item),
        sample as (
            select item.project, audit_draw.share, graded.level is not null as audited,
                   (graded.level = told.level)::int as same,
                   case told.level when 0 then p0 when 1 then p1 when 2 then p2 when 3 then p3 end as chance
            from audit_draw join item on item.id = audit_draw.item join item_event told on told.id = audit_draw.event
            left join graded on graded.item = audit_draw.item
            left join ({newest("select item from audit_draw")}) label on label.item = audit_draw.item),
        summed as (
            select project, count(*) as drawn, count(*) filter (audited) as audited,
                   sum(same / share) filter (audited) / sum(1 / share) filter (audited) as confirmed,
                   sum(chance / share) filter (audited and chance is not null)
                       / sum(1 / share) filter (audited and chance is not null) as accuracy
            from sample group by project)
        select project, drawn, audited, confirmed, {wilson("confirmed * audited", "audited", "low")} as confirmed_low,
               {wilson("confirmed * audited", "audited", "high")} as confirmed_high, accuracy from summed""",
    ),
    View(
        "scorecards",
        "One row a grader and day of the project. Counts can be added up over days; the model's labels are today's.",
        (
            _PROJECT,
            _GRADER,
            ("day", "The day, by the project's time zone."),
            ("answers", "Grades that he gave."),
            ("hours", "Time at them in hours, an answer counting ten minutes at most."),
            ("seconds", "Median seconds an answer."),
            ("watched", "Mean share of the clip that was seen (0 to 1)."),
            ("gold_n", "Answers on items whose level is known by gold."),
            ("gold_right", "Of them, right."),
            ("decided_n", "Answers on items that a person has decided."),
            ("decided_right", "Of them, right."),
            ("model_n", "Answers on items that others graded too, with a label of the model."),
            ("model_right", "Of them, right: the sum of their probabilities."),
            ("n", "Answers with any of the three references, gold before decision before model."),
            ("accuracy", "Of them, the share that is right (0 to 1)."),
            ("accuracy_low", "Lower end of its 95 % interval (Wilson)."),
            ("accuracy_high", "Upper end."),
            ("bias", "Mean signed levels from the reference: above 0 lenient, below 0 strict."),
            ("bias_low", "Lower end of its 95 % interval."),
            ("bias_high", "Upper end."),
            ("labelled", "Answers that counted, on items that have a label."),
            ("overturned", "Of them, those that the label contradicts."),
        ),
        f"""with known as ({KNOWN}), label as ({NEWEST}), a as ({STANDING}),
        joined as (
            select item.project, a.grader, (a.made_at at time zone project.time_zone)::date as day, a.level,
                   least(coalesce(decision_ms, 0), 600000) / 1000.0 as seconds, decision_ms, watched_share, known.gold,
                   known.decided, a.counts and purpose = 'work' and known.label is not null as labelled,
                   known.label <> a.level as overturned, coalesce(known.gold, known.decided) as sure,
                   case when label.n >= 2 then
                       case a.level when 0 then p0 when 1 then p1 when 2 then p2 when 3 then p3 end end as chance,
                   case when label.n >= 2 then p1 + 2 * p2 + 3 * p3 end as expected
            from a join item on item.id = a.item join project on project.id = item.project
            join known on known.item = a.item left join label on label.item = a.item
            where a.level is not null and purpose <> 'exam'),
        told as (
            select *, case when sure is not null then (sure = level)::int::double else chance end as hit,
                   level - coalesce(sure, expected) as off from joined),
        summed as (
            select project, grader, day, count(*) as answers, sum(seconds) / 3600 as hours,
                   median(decision_ms) / 1000 as seconds, avg(watched_share) as watched,
                   count(gold) as gold_n, count(*) filter (gold = level) as gold_right,
                   count(decided) as decided_n, count(*) filter (decided = level) as decided_right,
                   count(chance) as model_n, coalesce(sum(chance), 0) as model_right,
                   count(hit) as n, sum(hit) as hits, avg(off) as bias, stddev_samp(off) as spread, count(off) as offs,
                   count(*) filter (labelled) as labelled, count(*) filter (labelled and overturned) as overturned
            from told group by project, grader, day)
        select project, grader, day, answers, hours, seconds, watched, gold_n, gold_right, decided_n, decided_right,
               model_n, model_right, n, hits / nullif(n, 0) as accuracy, {wilson("hits", "n", "low")} as accuracy_low,
               {wilson("hits", "n", "high")} as accuracy_high, bias, bias - {Z} * spread / sqrt(offs) as bias_low,
               bias + {Z} * spread / sqrt(offs) as bias_high, labelled, overturned from summed""",
    ),
    View(
        "agreement",
        "One row a project, keyword and day on which its items got their last grade: agreeing pairs of grades."
        " Items that are graded adaptively have more grades where they are hard, so that hard items weigh more in pairs:"
        " for what is delivered see api.delivered.",
        (
            _PROJECT,
            ("keyword", "The keyword's number (api.keywords)."),
            ("day", "The day, by the project's time zone."),
            ("items", "Items with at least two grades that count."),
            ("grades", "Their grades."),
            ("pairs", "Pairs of grades of one item."),
            ("equal", "Of them, pairs that say the same."),
            ("within_one", "Of them, pairs at most one level apart."),
            ("agreement", "Mean over items of the share of equal pairs (0 to 1): each item weighs the same."),
        ),
        agreement_of(f"({VOTES})"),
    ),
    View(
        "gold",
        "One row a piece of gold: an item whose level is known and that was given out unseen among ordinary ones.",
        (
            ("gold", "The piece's number."),
            _PROJECT,
            _ITEM,
            ("level", "The known level (0 to 3)."),
            ("difficulty", "easy, middle or hard, from the grades that the item had when it was made gold."),
            ("reason", "Why this level."),
            ("rule", "The rule that it rests on (api.guideline_rules)."),
            ("made_at", "Since when it is in the stream (UTC)."),
            ("ended_at", "When it left the stream (UTC); null: it is in it."),
            ("ended_why", "retired or doubted (good graders failed it); null: it is in the stream."),
            (
                "ended_because",
                "Where it was retired by itself: reopened (its item was), other level (its item has one now), rule changed; "
                "null: by a person, or it was not retired.",
            ),
        ),
        f"""select gold.id as gold, gold.project, gold.item, gold.level, difficulty, reason, rule, {utc("gold.made_at")},
        {utc("gold_end.made_at", "ended_at")}, gold_end.why as ended_why,
        because as ended_because
        from gold left join gold_end on gold_end.gold = gold.id left join gold_touched on gold_touched.gold = gold.id""",
    ),
    View(
        "exam_disputes",
        "One row an item of exams or gold that a person made a dispute, since good people fail it.",
        (
            ("doubt", "The act's record."),
            _PROJECT,
            _ITEM,
            ("reason", "Why."),
            ("good", "Good people who had answered it."),
            ("failed", "Of them, with another level than the known one."),
            ("made_at", "When it became a dispute (UTC)."),
        ),
        f"""select id as doubt, project, item, reason, good, failed, {utc("made_at")} from item_doubt""",
    ),
    View(
        "duties",
        "One row a time that a grader was asked to train or to pass the exam before his next item.",
        (
            ("duty", "Its number."),
            _PROJECT,
            _GRADER,
            ("kind", "retrain or re_examine."),
            ("rules", "For retrain: the rules (api.guideline_rules) whose examples he walks through; empty: all."),
            ("made_at", "Since when he got no item (UTC)."),
            ("ended_at", "When that ended (UTC); null: it has not."),
            ("ended_why", "done, or taken back (by a lead); null: it has not ended."),
        ),
        f"""select duty.id as duty, project, account as grader, kind, rules::varchar[] as rules, {utc("duty.made_at")},
        {utc("duty_end.made_at", "ended_at")}, duty_end.why as ended_why
        from duty left join duty_end on duty_end.duty = duty.id""",
    ),
    View(
        "unseen_answers",
        "One row an answer to something that was given out unseen: gold, or a grader's own earlier item once more.",
        (
            ("assignment", "The assignment's number (api.grades)."),
            _PROJECT,
            _ITEM,
            _GRADER,
            ("gold", "The piece of gold (api.gold); null: a repeat of the grader's own earlier item."),
            ("known", "The known level; for a repeat the level that the grader gave before."),
            ("level", "What he said: his last word, or where he was told the answer at once, his first."),
            ("is_right", "Whether the two are equal."),
            ("within_one", "Whether they are at most one level apart."),
            ("told", "Whether the policy told him at once."),
            ("made_at", "When he answered first (UTC)."),
        ),
        f"""select unseen.assignment, item.project, item.id as item, said.grader, unseen.gold,
        coalesce(gold.level, unseen.earlier) as known, said.level, said.level = coalesce(gold.level, unseen.earlier) as is_right,
        abs(said.level - coalesce(gold.level, unseen.earlier)) <= 1 as within_one, unseen.feedback as told,
        {utc("said.made_at")}
        from unseen left join gold on gold.id = unseen.gold
        join (select assignment, any_value(item) as item, any_value(grader) as grader, min(made_at) as made_at,
                     case when any_value(feedback) then min_by(level, seq) else max_by(level, seq) end as level
              from answer join unseen using (assignment) where level is not null group by assignment) said
          on said.assignment = unseen.assignment
        join item on item.id = said.item""",
    ),
    View(
        "exam_results",
        "One row an attempt at an exam that is over and marked.",
        (
            ("attempt", "The attempt's number."),
            _PROJECT,
            _GRADER,
            ("exam", "The exam's name."),
            ("kind", "full, or short (for a new guideline)."),
            ("number", "1 for the first attempt of this kind."),
            ("guideline_version", "Version of the guideline in force; 0: there was none."),
            ("started_at", "When it began (UTC)."),
            ("ended_at", "When it ended (UTC)."),
            ("ended_why", "handed in, or time over."),
            ("passed", "Whether every mark was reached."),
            ("n", "Items."),
            ("exact", "Items with the very level."),
            ("near", "Items at most one level off."),
            ("pairs", "For each boundary between two levels, lowest first: items on its right side, and all of them."),
            ("points", "Share of the points for answers in words (0 to 1); null: there were none to write."),
            ("expires_at", "Until when the pass holds (UTC); null: for ever, or not passed."),
            ("taken_back_at", "When the pass was taken back (UTC); null: it was not."),
        ),
        f"""select attempt.id as attempt, attempt.project, attempt.account as grader, exam.name as exam, exam.kind,
        attempt.number, attempt.guideline as guideline_version, {utc("attempt.started_at")},
        {utc("attempt_end.made_at", "ended_at")}, attempt_end.why as ended_why, passed, n, exact, near,
        pairs::integer[][] as pairs, points, {utc("qualification.expires_at")},
        {utc("qualification_end.made_at", "taken_back_at")}
        from qualification join attempt on attempt.id = qualification.attempt join exam on exam.id = attempt.exam
        join attempt_end on attempt_end.attempt = attempt.id
        left join qualification_end on qualification_end.qualification = qualification.id""",
    ),
    View(
        "exam_answers",
        "One row an item of a marked attempt.",
        (
            ("attempt", "The attempt's number (api.exam_results)."),
            ("place", "Its place in the attempt, from 0."),
            _ITEM,
            ("known", "The known level as of the draw (0 to 3)."),
            ("level", "What was answered (0 to 3); null: nothing."),
            ("rule", "The rule that the item is about (api.guideline_rules)."),
        ),
        """select attempt_item.attempt, attempt_item.place, attempt_item.item, attempt_item.level as known, said.level,
        attempt_item.rule
        from attempt_item left join (
            select attempt, place, arg_max(level, seq) as level from attempt_answer group by attempt, place) said
        on said.attempt = attempt_item.attempt and said.place = attempt_item.place
        where attempt_item.attempt in (select attempt from qualification)""",
    ),
    View(
        "verdicts",
        "One row each time that the model said something new of an item's grades, for adaptive overlap.",
        (
            ("verdict", "The verdict's number; the greatest of an item holds, while its grades are these."),
            _PROJECT,
            _ITEM,
            ("round", "The item's round of grading."),
            ("said", "The grades that counted, as sorted digits: 023 for levels 0, 2 and 3."),
            ("want", "grade (another one), nothing (settled) or person (a dispute)."),
            ("level", "The level where it is settled (0 to 3); null: it is not."),
            ("distance", "How far off the label was expected to be, as a share of the scale (0 to 1)."),
            ("sure", "How sure the policy asked for: at most 1 - sure may be off."),
            ("ground", "model, few (too few grades: the fixed rule), or apart (two grades too far apart to settle)."),
            ("grades", "Grades of the project that the model knew."),
            ("made_at", "When (UTC)."),
        ),
        f"""select verdict.id as verdict, item.project, verdict.item, verdict.round, said, want, verdict.level,
        off as distance, sure, ground, grades, {utc("verdict.made_at")}
        from verdict join item on item.id = verdict.item""",
    ),
    View(
        "meetings",
        "One row a meeting.",
        (
            ("meeting", "The meeting's number."),
            _PROJECT,
            ("title", "Its title."),
            ("decides", "Whose word ends a case in it: client, chair or majority."),
            ("budget_minutes", "The minutes that it was planned for."),
            ("starts_at", "When it was to begin (UTC)."),
            ("opened_at", "When it began (UTC); null: it has not."),
            ("closed_at", "When it was closed (UTC); null: it is not."),
            ("people", "How many belong to it, guests included."),
        ),
        f"""select meeting.id as meeting, project, title, decides, budget_minutes, {utc("starts_at")},
        {utc("opened.made_at", "opened_at")}, {utc("closed.made_at", "closed_at")},
        (select count(*) from meeting_attendee a where a.meeting = meeting.id and a.removed_at is null) as people
        from meeting left join meeting_event opened on opened.meeting = meeting.id and opened.kind = 'opened'
        left join meeting_event closed on closed.meeting = meeting.id and closed.kind = 'closed'""",
    ),
    View(
        "meeting_cases",
        "One row a case on a meeting's agenda.",
        (
            ("meeting_case", "The case's number."),
            ("meeting", "The meeting's number (api.meetings)."),
            _PROJECT,
            _ITEM,
            ("keyword", "The keyword's number (api.keywords)."),
            ("cause", "The cause of its dispute, as triage proposed it or a person gave it; null: none."),
            ("items", "Items that its decision could settle, its own among them."),
            ("value", "What deciding it was worth when it was put on the agenda."),
            ("minutes", "The minutes that it was expected to take."),
            ("position", "Its place on the agenda, the first is the least."),
            ("revealed_at", "When its votes were laid on the table (UTC); null: they were not."),
        ),
        f"""select meeting_case.id as meeting_case, meeting_case.meeting, project, item, keyword, cause, items, value, minutes,
        position, {utc("meeting_reveal.made_at", "revealed_at")}
        from meeting_case left join meeting_reveal on meeting_reveal.case_id = meeting_case.id where removed_at is null""",
    ),
    View(
        "votes",
        "One row a vote that was revealed, each person's last one. Before the reveal there is none here.",
        (
            ("vote", "The vote's number."),
            ("meeting_case", "The case's number (api.meeting_cases)."),
            ("meeting", "The meeting's number (api.meetings)."),
            ("made_by", "The number of who voted (api.graders); null: a guest."),
            ("part", "His part in the meeting: chair, lead, client, specialist or guest."),
            _LEVEL,
            ("reason", "Why, in his words."),
            ("evidence_ms", "JSON: times within the clip that show it."),
            ("made_at", "When (UTC)."),
        ),
        f"""select vote.id as vote, vote.case_id as meeting_case, vote.meeting, a.account as made_by, a.part, vote.level, vote.reason,
        vote.evidence_ms, {utc("vote.made_at")}
        from meeting_vote vote join meeting_reveal reveal on reveal.case_id = vote.case_id
        join meeting_attendee a on a.id = vote.attendee
        where vote.id in (select max(id) from meeting_vote group by case_id, attendee)""",
    ),
    View(
        "outcomes",
        "One row a case's end in a meeting; a correction is a row of its own that refers to the one that it replaces.",
        (
            ("outcome", "The outcome's number."),
            ("meeting_case", "The case's number (api.meeting_cases)."),
            ("meeting", "The meeting's number (api.meetings)."),
            _PROJECT,
            _ITEM,
            ("kind", "decided, deferred, returned, withdrawn (its keyword) or no_rule (can't be settled by rule)."),
            ("level", "The level that the item was given (0 to 3); null: none."),
            ("reason", "Why, in the words of the meeting."),
            ("rule", "The rule that it rests on (api.guideline_rules); null: none."),
            (
                "binds",
                "What it leaves for the like: precedent, amendment or single (no rule, with why); null: no decision.",
            ),
            ("single_why", "Why it is a single case; null: it is none."),
            ("decision", "The ruling on the item (api.decisions); null: none."),
            ("precedent", "The precedent that it left; null: none."),
            ("amendment", "The draft of an amendment that it left; null: none."),
            ("wants", "For a return: grades or clip; null: none."),
            ("evidence", "For no_rule: the evidence on record; null: none."),
            ("client_answer", "For no_rule: the client's answer on record; null: none."),
            ("corrects", "The outcome that it takes the place of; null: none."),
            ("dissents", "How many put on record that they see it otherwise."),
            ("made_by", "The number of who recorded it (api.graders)."),
            ("made_at", "When (UTC)."),
        ),
        f"""select id as outcome, case_id as meeting_case, meeting, project, item, kind, level, reason, rule, binds, single_why,
        decision, precedent, amendment, wants, evidence, client_answer, corrects,
        (select count(*) from dissent where dissent.outcome = outcome.id) as dissents, made_by, {utc("made_at")}
        from outcome""",
    ),
    View(
        "causes",
        "One row a cause that a person gave to a disputed item; the newest of an item counts.",
        (
            ("given", "The row's number; it grows with time."),
            _ITEM,
            _PROJECT,
            ("cause", "guideline_gap, boundary, ambiguous_keyword, bad_clip or grader_error."),
            ("proposed", "The cause that the records alone had proposed; empty: none was at hand."),
            ("made_by", "The number of who gave it (api.graders)."),
            ("made_at", "When (UTC)."),
        ),
        f"select id as given, item, project, cause, proposed, made_by, {utc('made_at')} from cause_given",
    ),
    View(
        "clusters",
        "One row an item that a person put into a cluster, or (cluster null) gave back to the proposed ones.",
        (
            ("given", "The row's number; it grows with time, the newest of an item counts."),
            _ITEM,
            _PROJECT,
            ("cluster", "The cluster's name; null: back to where the rules put it."),
            ("why", "What the person said holds it together; null or empty: nothing."),
            ("made_by", "The number of who did it (api.graders)."),
            ("made_at", "When (UTC)."),
        ),
        f"select id as given, item, project, cluster, why, made_by, {utc('made_at')} from cluster_given",
    ),
    View(
        "client_questions",
        "One row a single question to the client, with its answer. The link is not in it.",
        (
            ("question", "The question's number."),
            _ITEM,
            _PROJECT,
            ("cluster", "The cluster that the answer would settle; null: the item alone."),
            ("text_zh", "What is asked, in Chinese; null: it was asked in English."),
            ("text_en", "What is asked, in English; null: it was asked in Chinese."),
            ("choices", "JSON: the answers to choose from, each with its level (0 to 3) and text."),
            ("level", "The level that was answered (0 to 3); null: no answer yet."),
            ("comment", "The client's comment; null: no answer yet."),
            ("taken_back", "Whether it was taken back."),
            ("made_by", "The number of who asked (api.graders)."),
            ("made_at", "When it was asked (UTC)."),
            ("expires_at", "Until when its link is good (UTC)."),
            ("answered_at", "When it was answered (UTC); null: not yet."),
        ),
        f"""select q.id as question, q.item, q.project, q.cluster, q.text_zh, q.text_en, q.choices, a.level, a.comment,
        e.question is not null as taken_back, q.made_by, {utc("q.made_at")}, {utc("q.expires_at")},
        {utc("a.made_at", "answered_at")} from client_question q
        left join client_question_answer a on a.question = q.id left join client_question_end e on e.question = q.id""",
    ),
    View(
        "precedents",
        "One row a precedent: a decision that stands for its like.",
        (
            ("precedent", "The precedent's number."),
            _PROJECT,
            ("item", "The item that is its example (api.items)."),
            ("keyword", "The keyword's number (api.keywords)."),
            _LEVEL,
            ("reason", "Why, in the words of who decided."),
            ("rule", "The rule that it rests on (api.guideline_rules); null: none."),
            ("scope", "How far it reaches: pair (of clip and keyword), keyword, family or general."),
            ("decision", "The decision that it came from (api.decisions); null: none is named."),
            ("supersedes", "The precedent that it takes the place of; null: none."),
            ("superseded_by", "The precedent that took its place; null: it is in force."),
            (
                "contradicts",
                "The numbers of those that said otherwise when it was made, separated by spaces; null: none did.",
            ),
            ("made_by", "The number of who made it (api.graders)."),
            ("made_at", "When (UTC)."),
            (
                "superseded_why",
                "Why one that was there already took its place; null: none did, and a new one's reason is its own.",
            ),
        ),
        f"""select p.id as precedent, p.project, p.item, p.keyword, p.level, p.reason, p.rule, p.scope, p.decision, p.supersedes,
        coalesce((select max(id) from precedent n where n.supersedes = p.id), replaced.new) as superseded_by,
        (select string_agg(other::varchar, ' ' order by other) from precedent_contradiction c where c.precedent = p.id)
        as contradicts, p.made_by, {utc("p.made_at")}, replaced.reason as superseded_why
        from precedent p left join precedent_replaced replaced on replaced.old = p.id""",
    ),
    View(
        "propagations",
        "One row an act that carried a decision on to its like, or that asked for new grades of many items.",
        (
            ("act", "The act's number; its decisions in api.decisions bear it."),
            _PROJECT,
            ("kind", "precedent (the items got a level) or regrade (they want new grades)."),
            ("level", "The level that the items got (0 to 3); null: a regrade."),
            ("reason", "Why, in the words of who did it."),
            ("rule", "The rule that it rests on (api.guideline_rules); null: none."),
            ("precedent", "The precedent that it carried on (api.precedents); null: none."),
            ("items", "How many items it reached."),
            ("taken_back", "How many of them were given back by an undo."),
            ("sampled", "How many of them were drawn to be graded once more."),
            ("made_by", "The number of who did it (api.graders)."),
            ("made_at", "When (UTC)."),
            ("undone_at", "When it was undone (UTC); null: it stands."),
        ),
        f"""select g.id as act, g.project, g.kind, g.level, g.reason, g.rule, g.precedent,
        (select count(*) from propagation_item i where i.propagation = g.id) as items,
        (select count(*) from ruling_undone r where r.propagation = g.id) as taken_back,
        (select count(*) from propagation_sample s where s.propagation = g.id) as sampled, g.made_by,
        {utc("g.made_at")}, {utc("u.made_at", "undone_at")}
        from propagation g left join propagation_undo u on u.propagation = g.id""",
    ),
    View(
        "guideline_versions",
        "One row a published version of a project's guideline.",
        (
            ("guideline", "The version's own number over all projects."),
            _PROJECT,
            ("version", "Its number in the project, from 1 on."),
            ("note", "What is new in it; null or empty: nothing was said."),
            (
                "substantive",
                "Whether it changed what is right, and graders acknowledge it; null: nothing was said of it.",
            ),
            (
                "choice",
                "What became of the items that it touches: none, reopen, precedent, sample or leave; null: as above.",
            ),
            ("acknowledged", "How many graders acknowledged it."),
            ("made_by", "The number of who published it (api.graders)."),
            ("made_at", "When (UTC)."),
        ),
        f"""select g.id as guideline, g.project, g.version, g.note, c.substantive, c.choice,
        (select count(*) from guideline_read r where r.guideline = g.id and r.acknowledged) as acknowledged, g.made_by,
        {utc("g.made_at")} from guideline g left join guideline_change c on c.guideline = g.id""",
    ),
    View(
        "guideline_reads",
        "One row the first time that a person opened, or acknowledged, a version of the guideline.",
        (
            _PROJECT,
            ("version", "The guideline's version (api.guideline_versions)."),
            ("reader", "The person's number (api.graders)."),
            ("how", "opened, or acknowledged (a substantive version, its question rightly answered)."),
            ("made_at", "When (UTC)."),
        ),
        f"""select g.project, g.version, r.account as reader,
        case when r.acknowledged then 'acknowledged' else 'opened' end as how, {utc("r.made_at")}
        from guideline_read r join guideline g on g.id = r.guideline""",
    ),
    View(
        "guideline_examples",
        "One row an example of a rule.",
        (
            ("example", "The example's number."),
            _PROJECT,
            ("rule", "The rule (api.guideline_rules)."),
            _ITEM,
            ("kind", "positive (shows the rule), negative (not what it means) or borderline."),
            ("note", "Why, in the words of who added it."),
            ("made_by", "The number of who added it (api.graders)."),
            ("made_at", "When (UTC)."),
            ("withdrawn_at", "When it was withdrawn (UTC); null: it stands."),
        ),
        f"""select e.id as example, e.project, e.rule, e.item, e.kind, e.note, e.made_by, {utc("e.made_at")},
        {utc("w.made_at", "withdrawn_at")}
        from guideline_example e left join guideline_example_end w on w.example = e.id""",
    ),
    View(
        "pilots",
        "One row a closed pilot of a draft: some people graded the same items blind under it before it was published.",
        (
            ("pilot", "The pilot's number."),
            _PROJECT,
            ("amendment", "The draft's number."),
            ("version", "The version in force then, which the draft is compared with; null: there was none."),
            ("became", "The version that the draft became; null: it was not published."),
            ("seed", "Of the draw; null: the items were named."),
            ("mark", "The least share of agreeing pairs of grades that a rule should reach (0 to 1)."),
            ("items", "How many items it had."),
            ("people", "How many people were asked."),
            ("made_by", "The number of who began it (api.graders)."),
            ("made_at", "When it began (UTC)."),
            ("closed_at", "When it was closed (UTC)."),
        ),
        f"""select p.id as pilot, p.project, p.amendment, g.version, n.version as became, nullif(p.seed, -1) as seed, p.mark,
        (select count(*) from pilot_item i where i.pilot = p.id) as items,
        (select count(*) from pilot_person w where w.pilot = p.id) as people, p.made_by, {utc("p.made_at")},
        {utc("e.made_at", "closed_at")}
        from pilot p join pilot_end e on e.pilot = p.id left join guideline g on g.id = p.base
        left join amendment_step s on s.amendment = p.amendment and s.step = 'published'
        left join guideline n on n.id = s.guideline""",
    ),
    View(
        "pilot_answers",
        "One row a person's last answer to an item of a closed pilot; never a grade of the item (api.grades).",
        (
            ("pilot", "The pilot's number (api.pilots)."),
            _ITEM,
            _GRADER,
            _LEVEL,
            ("rule", "The draft's rule that he went by; null: none was named."),
            ("made_at", "When (UTC)."),
        ),
        f"""select a.pilot, i.item, a.account as grader, a.level, a.rule, {utc("a.made_at")}
        from (select * from pilot_answer qualify row_number() over (partition by pilot, account, place order by seq desc) = 1) a
        join pilot_item i on i.pilot = a.pilot and i.place = a.place
        join pilot_end e on e.pilot = a.pilot""",
    ),
)
