-- Who may work and how well he works: training, exams, gold in the stream, and the scores that adaptive overlap goes by.
-- The rules are those of the first schema.

-- Gold: an item whose level is known and that is given out unseen among ordinary ones. Never changed; it ends.
create table gold (
    id bigint primary key,
    project bigint not null,
    item bigint not null,
    level smallint not null check (level between 0 and 3),
    difficulty varchar not null check (difficulty in ('easy', 'middle', 'hard')),
    reason varchar not null,                -- why this level, as a grader reads it
    rule varchar,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- Out of the stream: retired by a person, or doubted, since good graders fail it.
create table gold_end (
    gold bigint primary key,
    why varchar not null check (why in ('retired', 'doubted')),
    n smallint not null,                    -- good graders that had answered it
    failed smallint not null,               -- of them, with another level
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- An assignment that is given out unseen: the batch that it pretended to be of, and what it is measured by.
create table unseen (
    assignment bigint primary key,
    gold bigint,                            -- null: a repeat of the grader's own earlier item
    batch bigint not null,
    earlier smallint,                       -- for a repeat: the level that he gave before
    feedback boolean not null               -- the policy of that moment: he is told at once
);

-- Training: clips that show a rule, and what people answered to them.
create table example (
    id bigint primary key,
    project bigint not null,
    rule varchar not null,
    item bigint not null,
    level smallint not null check (level between 0 and 3),
    reason_zh varchar, reason_en varchar,
    position integer not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table example_end (
    example bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table training_answer (
    id bigint primary key,
    project bigint not null,
    account bigint not null,
    example bigint not null,
    course integer not null,                -- 1 for the first time through, 2 for the second ...
    level smallint not null check (level between 0 and 3),
    made_at timestamptz not null
);

-- Exams. A change is a new row; an attempt keeps the exam's row that it was drawn from.
create table exam (
    id bigint primary key,
    project bigint not null,
    name varchar not null,
    kind varchar not null check (kind in ('full', 'short')),
    blueprint varchar not null,             -- JSON: cells (n, rule, level, keyword, difficulty), or fixed items
    written varchar not null,               -- JSON: questions to be answered in words, with their most points
    minutes integer not null,
    rules varchar not null,                 -- JSON: pass marks, attempts, waiting, window, expiry
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table exam_end (
    exam bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table attempt (
    id bigint primary key,
    exam bigint not null,
    project bigint not null,
    account bigint not null,
    number integer not null,                -- his first, second ... at this kind of exam in the project
    guideline integer not null,             -- version in force; 0: none
    started_at timestamptz not null,
    ends_at timestamptz not null,
    act bigint not null
);
create table attempt_item (
    attempt bigint not null,
    place integer not null,
    item bigint not null,
    level smallint not null check (level between 0 and 3),   -- the known one, as of the draw
    rule varchar,
    primary key (attempt, place)
);
create table attempt_answer (
    attempt bigint not null,
    place integer not null,                 -- written questions stand behind the items
    seq smallint not null,
    level smallint check (level between 0 and 3),
    text varchar,
    made_at timestamptz not null,
    primary key (attempt, place, seq)
);
create table attempt_end (
    attempt bigint primary key,
    why varchar not null check (why in ('handed in', 'time over')),
    made_at timestamptz not null
);
create table written_mark (
    attempt bigint not null,
    place integer not null,
    points double not null,
    comment varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null,
    primary key (attempt, place)
);
-- What came of an attempt, once all of it is marked.
create table qualification (
    id bigint primary key,
    attempt bigint not null,
    project bigint not null,
    account bigint not null,
    passed boolean not null,
    n integer not null,
    exact integer not null,                 -- items with the very level
    near integer not null,                  -- items within one level
    pairs varchar not null,                 -- JSON: right and all for each boundary, lowest first
    points double,                          -- share of the written points; null: nothing was written
    guideline integer not null,             -- version that it was shown for
    expires_at timestamptz,                 -- null: never
    made_at timestamptz not null,
    act bigint not null
);
create table qualification_end (
    qualification bigint primary key,
    reason varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

-- What the model said of an item's grades when they were these: the verdict that adaptive overlap goes by.
create table verdict (
    id bigint primary key,
    item bigint not null,
    round smallint not null,
    said varchar not null,                  -- the grades that counted, sorted: '023'
    want varchar not null check (want in ('grade', 'nothing', 'person')),
    level smallint check (level between 0 and 3),
    off double not null,                    -- how far off the label is expected to be, as a share of the scale
    sure double not null,                   -- the policy's: at most 1 - sure is allowed
    ground varchar not null check (ground in ('model', 'few', 'apart')),
    grades bigint not null,                 -- grades of the project that the model knew
    made_at timestamptz not null,
    act bigint not null
);

create trigger gold_no_update after update on gold for each statement insert into void select error('append-only: gold');
create trigger gold_no_delete after delete on gold for each statement insert into void select error('append-only: gold');
create trigger gold_end_no_update after update on gold_end for each statement insert into void select error('append-only: gold_end');
create trigger gold_end_no_delete after delete on gold_end for each statement insert into void select error('append-only: gold_end');
create trigger unseen_no_update after update on unseen for each statement insert into void select error('append-only: unseen');
create trigger unseen_no_delete after delete on unseen for each statement insert into void select error('append-only: unseen');
create trigger example_no_update after update on example for each statement insert into void select error('append-only: example');
create trigger example_no_delete after delete on example for each statement insert into void select error('append-only: example');
create trigger example_end_no_update after update on example_end for each statement insert into void select error('append-only: example_end');
create trigger example_end_no_delete after delete on example_end for each statement insert into void select error('append-only: example_end');
create trigger training_answer_no_update after update on training_answer for each statement insert into void select error('append-only: training_answer');
create trigger training_answer_no_delete after delete on training_answer for each statement insert into void select error('append-only: training_answer');
create trigger exam_no_update after update on exam for each statement insert into void select error('append-only: exam');
create trigger exam_no_delete after delete on exam for each statement insert into void select error('append-only: exam');
create trigger exam_end_no_update after update on exam_end for each statement insert into void select error('append-only: exam_end');
create trigger exam_end_no_delete after delete on exam_end for each statement insert into void select error('append-only: exam_end');
create trigger attempt_no_update after update on attempt for each statement insert into void select error('append-only: attempt');
create trigger attempt_no_delete after delete on attempt for each statement insert into void select error('append-only: attempt');
create trigger attempt_item_no_update after update on attempt_item for each statement insert into void select error('append-only: attempt_item');
create trigger attempt_item_no_delete after delete on attempt_item for each statement insert into void select error('append-only: attempt_item');
create trigger attempt_answer_no_update after update on attempt_answer for each statement insert into void select error('append-only: attempt_answer');
create trigger attempt_answer_no_delete after delete on attempt_answer for each statement insert into void select error('append-only: attempt_answer');
create trigger attempt_end_no_update after update on attempt_end for each statement insert into void select error('append-only: attempt_end');
create trigger attempt_end_no_delete after delete on attempt_end for each statement insert into void select error('append-only: attempt_end');
create trigger written_mark_no_update after update on written_mark for each statement insert into void select error('append-only: written_mark');
create trigger written_mark_no_delete after delete on written_mark for each statement insert into void select error('append-only: written_mark');
create trigger qualification_no_update after update on qualification for each statement insert into void select error('append-only: qualification');
create trigger qualification_no_delete after delete on qualification for each statement insert into void select error('append-only: qualification');
create trigger qualification_end_no_update after update on qualification_end for each statement insert into void select error('append-only: qualification_end');
create trigger qualification_end_no_delete after delete on qualification_end for each statement insert into void select error('append-only: qualification_end');
create trigger verdict_no_update after update on verdict for each statement insert into void select error('append-only: verdict');
create trigger verdict_no_delete after delete on verdict for each statement insert into void select error('append-only: verdict');
