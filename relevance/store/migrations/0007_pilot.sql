-- A guideline's draft is piloted before it is published; examples can be withdrawn; a propagation is planned with its act.
-- The rules are those of the first schema.

-- A draft tried before it is published: the same items, graded blind by some people under the draft. Its answers are no grades.
create table pilot (
    id bigint primary key,
    project bigint not null,
    amendment bigint not null,
    base bigint not null,                   -- the version in force that it is compared with (its id; 0: none)
    seed bigint not null,                   -- of the draw; -1: the items were named
    mark double not null check (mark between 0 and 1),  -- least share of agreeing pairs of grades, for each rule
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table pilot_item (
    pilot bigint not null,
    place integer not null,
    item bigint not null,
    primary key (pilot, place)
);
create table pilot_person (
    pilot bigint not null,
    account bigint not null,
    primary key (pilot, account)
);
create table pilot_answer (
    pilot bigint not null,
    account bigint not null,
    place integer not null,
    seq smallint not null,                  -- the greatest counts
    level smallint not null check (level between 0 and 3),
    rule varchar,                           -- of the draft
    made_at timestamptz not null,
    primary key (pilot, account, place, seq)
);
-- Closed: from now on it is only read, and its answers may be seen.
create table pilot_end (
    pilot bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- An example that was withdrawn.
create table guideline_example_end (
    example bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- What a propagation shall reach, recorded with the act that asks for it: what a crash cut off is finished at the next start.
-- A receipt `propagation:<id>` says that all of it is done.
create table propagation_plan (
    propagation bigint primary key,
    items varchar not null,                 -- JSON: numbers
    sample varchar not null,                -- JSON: those of them that are graded once more
    states varchar not null,                -- JSON: only items in one of these are touched
    extra smallint not null                 -- grades wanted, of a regrade
);

create trigger pilot_no_update after update on pilot for each statement insert into void select error('append-only: pilot');
create trigger pilot_no_delete after delete on pilot for each statement insert into void select error('append-only: pilot');
create trigger pilot_item_no_update after update on pilot_item for each statement insert into void select error('append-only: pilot_item');
create trigger pilot_item_no_delete after delete on pilot_item for each statement insert into void select error('append-only: pilot_item');
create trigger pilot_person_no_update after update on pilot_person for each statement insert into void select error('append-only: pilot_person');
create trigger pilot_person_no_delete after delete on pilot_person for each statement insert into void select error('append-only: pilot_person');
create trigger pilot_answer_no_update after update on pilot_answer for each statement insert into void select error('append-only: pilot_answer');
create trigger pilot_answer_no_delete after delete on pilot_answer for each statement insert into void select error('append-only: pilot_answer');
create trigger pilot_end_no_update after update on pilot_end for each statement insert into void select error('append-only: pilot_end');
create trigger pilot_end_no_delete after delete on pilot_end for each statement insert into void select error('append-only: pilot_end');
create trigger guideline_example_end_no_update after update on guideline_example_end for each statement insert into void select error('append-only: guideline_example_end');
create trigger guideline_example_end_no_delete after delete on guideline_example_end for each statement insert into void select error('append-only: guideline_example_end');
create trigger propagation_plan_no_update after update on propagation_plan for each statement insert into void select error('append-only: propagation_plan');
create trigger propagation_plan_no_delete after delete on propagation_plan for each statement insert into void select error('append-only: propagation_plan');
