-- The first schema. Rules that hold for every table (docs/decisions/store.md):
--   primary keys are the only indexes; no foreign keys (`relevance verify` proves the references);
--   history is append-only and triggers keep it so; every act on more than one row carries its act id;
--   times are UTC; levels are 0..3, percentages and names come from the policy and guideline versions.

create table meta (key varchar primary key, value varchar not null);

-- People ---------------------------------------------------------------------------------------------------------

-- A grader is a number with a kind; names and addresses stand in `person` alone, so that they can be erased.
create table account (
    id bigint primary key,
    kind varchar not null check (kind in ('person', 'machine')),
    created_at timestamptz not null,
    disabled_at timestamptz
);
create table person (
    account bigint primary key,
    login varchar not null,
    name varchar not null,
    address varchar,
    password_hash varchar,
    is_admin boolean not null default false,
    is_demo boolean not null default false,
    language varchar not null default 'zh',
    preferences varchar not null default '{}'
);
create table session (
    token_hash varchar primary key,
    account bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    address varchar,
    agent varchar
);
create table member (
    id bigint primary key,
    project bigint not null,
    account bigint not null,
    role varchar not null check (role in ('grader', 'lead', 'client', 'specialist', 'analyst')),
    lead bigint,
    since timestamptz not null,
    until timestamptz
);

-- Projects, their policy and guideline, versioned -------------------------------------------------------------------

create table project (
    id bigint primary key,
    name varchar not null,
    time_zone varchar not null,
    is_demo boolean not null default false,
    paused_at timestamptz,
    pause_reason varchar,
    created_at timestamptz not null,
    created_by bigint not null
);
create table policy (
    id bigint primary key,
    project bigint not null,
    version integer not null,
    overlap smallint not null,
    margin smallint not null,
    cap smallint not null,
    far smallint not null,
    audit_share double not null,
    percents varchar not null,              -- JSON: four numbers, lowest level first
    settings varchar not null default '{}', -- JSON: run length, daily goal, least watched share, what graders see ...
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table guideline (
    id bigint primary key,
    project bigint not null,
    version integer not null,
    title_zh varchar, title_en varchar,
    source_zh varchar, source_en varchar,   -- the Markdown as imported
    note varchar,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table guideline_level (
    guideline bigint not null,
    level smallint not null check (level between 0 and 3),
    name_zh varchar, name_en varchar,
    definition_zh varchar, definition_en varchar,
    primary key (guideline, level)
);
create table guideline_rule (
    guideline bigint not null,
    rule varchar not null,                  -- the stable id, the same from version to version and in both languages
    position integer not null,
    number varchar,
    heading_zh varchar, heading_en varchar,
    title_zh varchar, title_en varchar,
    text_zh varchar, text_en varchar,
    primary key (guideline, rule)
);

-- What is graded ---------------------------------------------------------------------------------------------------

create table source (
    id bigint primary key,
    project bigint not null,
    sha256 varchar not null,
    name varchar not null,                  -- the file's name as received
    path varchar not null,                  -- the path as given, for path endings
    bytes bigint not null,
    status varchar not null check (status in ('ready', 'warning', 'duplicate', 'rejected', 'skipped')),
    reason varchar not null,                -- a short code
    detail varchar not null,                -- JSON: sentences (key and values) and probe facts
    received_at timestamptz not null,
    act bigint not null
);
create table source_alias (
    id bigint primary key,
    project bigint not null,
    source bigint not null,
    name varchar not null,
    path varchar not null,
    made_at timestamptz not null
);
create table clip (
    id bigint primary key,
    project bigint not null,
    source bigint not null,
    content_id varchar not null,            -- sha256 of the prepared file; the library finds the bytes by it
    name varchar not null,
    media_kind varchar not null default 'video',
    start_ms bigint, end_ms bigint,         -- the range cut from the source; null: whole
    duration_ms bigint not null,
    width integer not null, height integer not null,
    fps double not null,
    frames bigint not null,
    bytes bigint not null,
    has_audio boolean not null,
    fingerprint varchar,
    strip varchar not null default '{}',    -- JSON: tiles, tile size, times of the filmstrip
    title varchar, description varchar, uploader varchar,
    captions varchar,                       -- WebVTT
    captions_text varchar,
    facts varchar not null default '{}',    -- JSON: warnings and what was done
    made_at timestamptz not null,
    removed_at timestamptz,                 -- a tombstone: the bytes were deleted
    act bigint not null
);
create table keyword (
    id bigint primary key,
    project bigint not null,
    key varchar not null,                   -- NFKC, folded white space and case: what makes two texts one keyword
    text_zh varchar, text_en varchar,
    family varchar,
    note varchar,
    weight double not null default 1,
    made_at timestamptz not null,
    act bigint not null
);
create table batch (
    id bigint primary key,
    project bigint not null,
    name varchar not null,
    deadline timestamptz,
    overlap smallint,                       -- null: the policy's
    made_at timestamptz not null,
    act bigint not null
);
create table import (
    id bigint primary key,
    project bigint not null,
    file varchar not null,
    digest varchar not null,
    rows bigint not null,
    added bigint not null default 0, updated bigint not null default 0,
    started_at timestamptz not null,
    committed_at timestamptz,               -- null: invisible
    made_by bigint not null,
    act bigint not null
);
create table item (
    id bigint primary key,
    project bigint not null,
    batch bigint not null,
    keyword bigint not null,
    clip bigint not null,
    start_ms bigint, end_ms bigint,         -- a range played within the clip
    media_kind varchar not null default 'video',
    external_id varchar,
    overlap smallint,                       -- null: the batch's, then the policy's
    gold smallint check (gold between 0 and 3),
    import bigint not null                  -- invisible until the import is committed
);

-- Grading: append-only -----------------------------------------------------------------------------------------------

create table assignment (
    id bigint primary key,
    item bigint not null,
    grader bigint not null,
    purpose varchar not null check (purpose in ('work', 'gold', 'repeat', 'audit', 'exam')),
    round smallint not null,
    tab varchar not null,
    leased_at timestamptz not null
);
-- One answer: a grade, a flag, or a flag with a grade. A correction is the next `seq` of the same assignment and
-- supersedes the earlier ones; none is ever changed. `counts` was decided in the writer when it arrived.
create table answer (
    assignment bigint not null,
    seq smallint not null,
    item bigint not null,
    grader bigint not null,
    purpose varchar not null,
    round smallint not null,
    level smallint check (level between 0 and 3),
    flag varchar check (flag in ('bad_clip', 'unclear_keyword', 'no_rule', 'other', 'handed_back')),
    flag_text varchar,
    note varchar,
    rule varchar,
    evidence_ms varchar not null default '[]',   -- JSON: times within the clip
    counts boolean not null,
    why_not varchar,                        -- null where it counts: expired, disputed, settled, decided, withdrawn, handed_back
    policy bigint not null,
    guideline bigint not null,
    shown_at timestamptz,                   -- by the server's clock, from what the client measured
    first_frame_ms integer,
    decision_ms integer,
    watched_ms integer,
    watched_share double,
    speed double,
    client varchar,
    digest varchar not null,                -- the same key with another digest is an error
    made_at timestamptz not null,
    primary key (assignment, seq),
    check (level is not null or flag is not null)
);
create table question (
    id bigint primary key,
    project bigint not null,
    kind varchar not null check (kind in ('clip', 'keyword')),
    subject bigint not null,                -- the clip's or keyword's id
    made_at timestamptz not null
);
create table question_answer (
    question bigint primary key,
    outcome varchar not null check (outcome in ('grade', 'withdraw', 'level')),
    level smallint check (level between 0 and 3),
    text varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- What a person ruled on one item: a level (it is decided), a return for more grades, or that it is withdrawn.
create table decision (
    id bigint primary key,
    item bigint not null,
    project bigint not null,
    kind varchar not null check (kind in ('level', 'return', 'withdraw')),
    level smallint check (level between 0 and 3),
    extra smallint not null default 0,      -- grades wanted beyond those that counted, for a return
    n smallint not null,                    -- grades that counted when it was made
    flags smallint not null,                -- flags that had been raised when it was made: it answers them
    round smallint not null,
    question bigint,                        -- the question whose answer it follows from, if any
    reason varchar not null,
    rule varchar,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- Every change of an item's state, so that labels as of any past time can be told. No row yet: open.
create table item_event (
    id bigint primary key,
    item bigint not null,
    made_at timestamptz not null,
    state varchar not null check (state in ('open', 'settled', 'disputed', 'decided', 'withdrawn')),
    level smallint check (level between 0 and 3),
    why varchar not null,
    n smallint not null,
    round smallint not null,
    policy bigint not null,
    guideline bigint not null,
    act bigint not null
);
create table audit_draw (
    item bigint primary key,
    event bigint not null,                  -- the settling event that it was drawn at
    share double not null,                  -- its inclusion probability
    made_at timestamptz not null
);
create table ask (
    id bigint primary key,
    assignment bigint not null,
    item bigint not null,
    grader bigint not null,
    project bigint not null,
    text varchar not null,
    made_at timestamptz not null
);
create table ask_reply (
    ask bigint primary key,
    text varchar not null,
    made_by bigint not null,
    made_at timestamptz not null
);

-- Acts ------------------------------------------------------------------------------------------------------------------

create table act (
    id bigint primary key,
    name varchar not null,
    project bigint,
    actor bigint not null,
    session varchar,
    detail varchar not null default '{}',
    made_at timestamptz not null
);
create table receipt (
    request varchar primary key,
    digest varchar not null,
    result varchar not null,
    made_at timestamptz not null
);

-- History is append-only --------------------------------------------------------------------------------------------------

create table void (nothing varchar);
create trigger policy_no_update after update on policy for each statement insert into void select error('append-only: policy');
create trigger policy_no_delete after delete on policy for each statement insert into void select error('append-only: policy');
create trigger guideline_no_update after update on guideline for each statement insert into void select error('append-only: guideline');
create trigger guideline_no_delete after delete on guideline for each statement insert into void select error('append-only: guideline');
create trigger guideline_level_no_update after update on guideline_level for each statement insert into void select error('append-only: guideline_level');
create trigger guideline_level_no_delete after delete on guideline_level for each statement insert into void select error('append-only: guideline_level');
create trigger guideline_rule_no_update after update on guideline_rule for each statement insert into void select error('append-only: guideline_rule');
create trigger guideline_rule_no_delete after delete on guideline_rule for each statement insert into void select error('append-only: guideline_rule');
create trigger assignment_no_update after update on assignment for each statement insert into void select error('append-only: assignment');
create trigger assignment_no_delete after delete on assignment for each statement insert into void select error('append-only: assignment');
create trigger answer_no_update after update on answer for each statement insert into void select error('append-only: answer');
create trigger answer_no_delete after delete on answer for each statement insert into void select error('append-only: answer');
create trigger question_no_update after update on question for each statement insert into void select error('append-only: question');
create trigger question_no_delete after delete on question for each statement insert into void select error('append-only: question');
create trigger question_answer_no_update after update on question_answer for each statement insert into void select error('append-only: question_answer');
create trigger question_answer_no_delete after delete on question_answer for each statement insert into void select error('append-only: question_answer');
create trigger decision_no_update after update on decision for each statement insert into void select error('append-only: decision');
create trigger decision_no_delete after delete on decision for each statement insert into void select error('append-only: decision');
create trigger item_event_no_update after update on item_event for each statement insert into void select error('append-only: item_event');
create trigger item_event_no_delete after delete on item_event for each statement insert into void select error('append-only: item_event');
create trigger audit_draw_no_update after update on audit_draw for each statement insert into void select error('append-only: audit_draw');
create trigger audit_draw_no_delete after delete on audit_draw for each statement insert into void select error('append-only: audit_draw');
create trigger ask_no_update after update on ask for each statement insert into void select error('append-only: ask');
create trigger ask_no_delete after delete on ask for each statement insert into void select error('append-only: ask');
create trigger ask_reply_no_update after update on ask_reply for each statement insert into void select error('append-only: ask_reply');
create trigger ask_reply_no_delete after delete on ask_reply for each statement insert into void select error('append-only: ask_reply');
create trigger act_no_update after update on act for each statement insert into void select error('append-only: act');
create trigger act_no_delete after delete on act for each statement insert into void select error('append-only: act');
create trigger receipt_no_update after update on receipt for each statement insert into void select error('append-only: receipt');
create trigger receipt_no_delete after delete on receipt for each statement insert into void select error('append-only: receipt');
