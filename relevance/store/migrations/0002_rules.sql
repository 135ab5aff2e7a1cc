-- What a dispute leaves behind: precedents, drafts of amendments, propagations with their samples and undo, appeals.
-- Same rules as 0001: primary keys only, append-only history, act ids, UTC.

-- A decision with its reason and example, for the like. Never deleted; a newer one may take its place.
create table precedent (
    id bigint primary key,
    project bigint not null,
    item bigint not null,                   -- its example
    keyword bigint not null,
    clip bigint not null,
    level smallint not null check (level between 0 and 3),
    reason varchar not null,
    rule varchar,
    scope varchar not null check (scope in ('pair', 'keyword', 'family', 'general')),
    decision bigint,                        -- the decision that it came from, if any
    supersedes bigint,                      -- the precedent whose place it takes, if any
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- Two that contradict each other, found when the second was made.
create table precedent_contradiction (
    precedent bigint not null,
    other bigint not null,
    act bigint not null,
    primary key (precedent, other)
);

-- One act on many items: each gets a row of `decision`, to which a row of `propagation_item` gives its origin.
create table propagation (
    id bigint primary key,                  -- its act's id
    project bigint not null,
    kind varchar not null check (kind in ('precedent', 'regrade')),
    level smallint check (level between 0 and 3),
    reason varchar not null,
    rule varchar,
    precedent bigint,
    decision bigint,                        -- the decision that is carried on, if any
    amendment bigint,                       -- the draft whose publication asked for it, if any
    made_by bigint not null,
    made_at timestamptz not null
);
create table propagation_item (
    decision bigint primary key,
    propagation bigint not null,
    item bigint not null
);
create table propagation_sample (
    propagation bigint not null,
    item bigint not null,
    made_at timestamptz not null,
    primary key (propagation, item)
);
create table propagation_undo (
    propagation bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- A ruling of a propagation that was taken back: it does not count any more.
create table ruling_undone (
    decision bigint primary key,
    propagation bigint not null,
    act bigint not null
);
-- An item that comes back as a dispute whatever its grades say: after its appeal, or since a sample contradicts the rule.
create table reopening (
    id bigint primary key,
    item bigint not null,
    project bigint not null,
    why varchar not null check (why in ('appeal', 'sample', 'amendment')),
    after_decision bigint not null,         -- the item's newest decision when it was made; 0: none
    round smallint not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

-- A draft of a new guideline, or of one rule's new text. Rows of `amendment_step` tell what became of it.
create table amendment (
    id bigint primary key,
    project bigint not null,
    base bigint not null,                   -- the guideline version that it changes (its id; 0: none)
    rule varchar,                           -- null: a new rule
    heading varchar not null,
    text_zh varchar, text_en varchar,
    source_zh varchar, source_en varchar,   -- the whole guideline's Markdown, where the whole was drafted
    decision bigint,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table amendment_step (
    id bigint primary key,
    amendment bigint not null,
    step varchar not null check (step in ('review', 'back', 'published', 'dropped')),
    note varchar not null default '',
    guideline bigint,                       -- the version that it became
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- What kind of change a version is, and the card that graders acknowledge where it is substantive.
create table guideline_change (
    guideline bigint primary key,
    project bigint not null,
    substantive boolean not null,
    what_zh varchar, what_en varchar,
    example bigint,                         -- an item
    check_question varchar,
    check_options varchar not null default '[]',  -- JSON: texts
    check_right smallint,
    choice varchar not null check (choice in ('none', 'reopen', 'precedent', 'sample', 'leave')),
    propagation bigint,
    act bigint not null
);
create table guideline_read (
    guideline bigint not null,
    account bigint not null,
    acknowledged boolean not null,          -- of a substantive version, its question rightly answered
    made_at timestamptz not null,
    primary key (guideline, account, acknowledged)
);
create table guideline_example (
    id bigint primary key,
    project bigint not null,
    rule varchar not null,
    item bigint not null,
    kind varchar not null check (kind in ('positive', 'negative', 'borderline')),
    note varchar not null default '',
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

-- What a grader did with an answer that was overturned: agreed, or appealed.
create table inbox_answer (
    assignment bigint not null,
    decision bigint not null,
    grader bigint not null,
    project bigint not null,
    said varchar not null check (said in ('agree', 'appeal')),
    text varchar not null default '',
    evidence_ms varchar not null default '[]',
    reopening bigint,                       -- of an appeal
    made_at timestamptz not null,
    act bigint not null,
    primary key (assignment, decision)
);
create table inbox_seen (
    account bigint not null,
    kind varchar not null check (kind in ('overturned', 'reply', 'outcome')),
    subject bigint not null,
    made_at timestamptz not null,
    primary key (account, kind, subject)
);

create trigger precedent_no_update after update on precedent for each statement insert into void select error('append-only: precedent');
create trigger precedent_no_delete after delete on precedent for each statement insert into void select error('append-only: precedent');
create trigger precedent_contradiction_no_update after update on precedent_contradiction for each statement insert into void select error('append-only: precedent_contradiction');
create trigger precedent_contradiction_no_delete after delete on precedent_contradiction for each statement insert into void select error('append-only: precedent_contradiction');
create trigger propagation_no_update after update on propagation for each statement insert into void select error('append-only: propagation');
create trigger propagation_no_delete after delete on propagation for each statement insert into void select error('append-only: propagation');
create trigger propagation_item_no_update after update on propagation_item for each statement insert into void select error('append-only: propagation_item');
create trigger propagation_item_no_delete after delete on propagation_item for each statement insert into void select error('append-only: propagation_item');
create trigger propagation_sample_no_update after update on propagation_sample for each statement insert into void select error('append-only: propagation_sample');
create trigger propagation_sample_no_delete after delete on propagation_sample for each statement insert into void select error('append-only: propagation_sample');
create trigger propagation_undo_no_update after update on propagation_undo for each statement insert into void select error('append-only: propagation_undo');
create trigger propagation_undo_no_delete after delete on propagation_undo for each statement insert into void select error('append-only: propagation_undo');
create trigger ruling_undone_no_update after update on ruling_undone for each statement insert into void select error('append-only: ruling_undone');
create trigger ruling_undone_no_delete after delete on ruling_undone for each statement insert into void select error('append-only: ruling_undone');
create trigger reopening_no_update after update on reopening for each statement insert into void select error('append-only: reopening');
create trigger reopening_no_delete after delete on reopening for each statement insert into void select error('append-only: reopening');
create trigger amendment_no_update after update on amendment for each statement insert into void select error('append-only: amendment');
create trigger amendment_no_delete after delete on amendment for each statement insert into void select error('append-only: amendment');
create trigger amendment_step_no_update after update on amendment_step for each statement insert into void select error('append-only: amendment_step');
create trigger amendment_step_no_delete after delete on amendment_step for each statement insert into void select error('append-only: amendment_step');
create trigger guideline_change_no_update after update on guideline_change for each statement insert into void select error('append-only: guideline_change');
create trigger guideline_change_no_delete after delete on guideline_change for each statement insert into void select error('append-only: guideline_change');
create trigger guideline_read_no_update after update on guideline_read for each statement insert into void select error('append-only: guideline_read');
create trigger guideline_read_no_delete after delete on guideline_read for each statement insert into void select error('append-only: guideline_read');
create trigger guideline_example_no_update after update on guideline_example for each statement insert into void select error('append-only: guideline_example');
create trigger guideline_example_no_delete after delete on guideline_example for each statement insert into void select error('append-only: guideline_example');
create trigger inbox_answer_no_update after update on inbox_answer for each statement insert into void select error('append-only: inbox_answer');
create trigger inbox_answer_no_delete after delete on inbox_answer for each statement insert into void select error('append-only: inbox_answer');
