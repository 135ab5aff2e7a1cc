-- What a lead needs to answer for a team: answers that are taken out of the count and given back, and what the model
-- says of every item. The rules are those of the first schema.

-- A grader's answers from a time on that no longer count. `until` is the moment of the act: what he answers later counts.
create table exclusion (
    id bigint primary key,
    project bigint not null,
    grader bigint not null,
    since timestamptz not null,
    until timestamptz not null,
    reason varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- Its answers, one row an assignment, written in pieces; each piece restates the items of its rows in the same act, so
-- that states always follow from the records. An assignment is out while it stands here and not in exclusion_return.
create table exclusion_answer (
    exclusion bigint not null,
    assignment bigint not null,
    item bigint not null,
    act bigint not null,
    primary key (exclusion, assignment)
);
-- Taken back: who did it and why, and the answers that count again.
create table exclusion_undo (
    exclusion bigint primary key,
    reason varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table exclusion_return (
    exclusion bigint not null,
    assignment bigint not null,
    act bigint not null,
    primary key (exclusion, assignment)
);

-- What was done about an alert. The test of that kind begins anew with the grader's next answer.
create table alert_act (
    id bigint primary key,
    project bigint not null,
    grader bigint not null,
    kind varchar not null check (kind in ('accuracy', 'one_level', 'unseen', 'copying', 'streak', 'shift')),
    what varchar not null check (what in ('talk', 'retrain', 're_examine', 'pause', 'regrade', 'nothing')),
    note varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

-- What the model says. A run is written last, so that its labels are seen all at once; of an item the labels of the newest
-- run are what counts, and a run writes those that changed. Derived from records: it may be thrown away and made again.
create table model_run (
    id bigint primary key,
    project bigint not null,
    version varchar not null,               -- of the model: another version, other numbers
    as_of timestamptz not null,             -- answers up to this moment
    grades bigint not null,
    items bigint not null,
    changed bigint not null,
    seconds double not null,
    made_at timestamptz not null
);
create table model_label (
    run bigint not null,
    item bigint not null,
    p0 double not null, p1 double not null, p2 double not null, p3 double not null,
    level smallint not null check (level between 0 and 3),
    tie boolean not null,
    n smallint not null,                    -- grades that it rests on
    primary key (run, item)
);

create trigger exclusion_no_update after update on exclusion for each statement insert into void select error('append-only: exclusion');
create trigger exclusion_no_delete after delete on exclusion for each statement insert into void select error('append-only: exclusion');
create trigger exclusion_answer_no_update after update on exclusion_answer for each statement insert into void select error('append-only: exclusion_answer');
create trigger exclusion_answer_no_delete after delete on exclusion_answer for each statement insert into void select error('append-only: exclusion_answer');
create trigger exclusion_undo_no_update after update on exclusion_undo for each statement insert into void select error('append-only: exclusion_undo');
create trigger exclusion_undo_no_delete after delete on exclusion_undo for each statement insert into void select error('append-only: exclusion_undo');
create trigger exclusion_return_no_update after update on exclusion_return for each statement insert into void select error('append-only: exclusion_return');
create trigger exclusion_return_no_delete after delete on exclusion_return for each statement insert into void select error('append-only: exclusion_return');
create trigger alert_act_no_update after update on alert_act for each statement insert into void select error('append-only: alert_act');
create trigger alert_act_no_delete after delete on alert_act for each statement insert into void select error('append-only: alert_act');
