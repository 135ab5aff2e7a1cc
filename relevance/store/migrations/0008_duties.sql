-- What a lead asks of a person before his next item, exam items that became disputes, and why gold left the stream.

-- A person must go through training, or pass an exam, once more. No item is leased to him until then.
create table duty (
    id bigint primary key,
    project bigint not null,
    account bigint not null,
    kind varchar not null check (kind in ('retrain', 're_examine')),
    rules varchar not null,                 -- retrain: JSON, the rules whose examples he walks through; [] all of them
    course integer not null,                -- retrain: the walk that he has to finish; re_examine: 0
    reason varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table duty_end (
    duty bigint primary key,
    why varchar not null check (why in ('done', 'taken back')),
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- An item of exams or gold that good people fail, made a dispute by a person.
create table item_doubt (
    id bigint primary key,
    item bigint not null,
    project bigint not null,
    reason varchar not null,
    good smallint not null,                 -- good people who had answered it
    failed smallint not null,               -- of them, with another level
    after_decision bigint not null,         -- the item's newest decision then; 0: none
    round smallint not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- Gold that left the stream by itself (gold_end.why is 'retired' then), and what its item came to.
create table gold_touched (
    gold bigint primary key,
    because varchar not null check (because in ('reopened', 'other level', 'rule changed')),
    act bigint not null
);

create trigger duty_no_update after update on duty for each statement insert into void select error('append-only: duty');
create trigger duty_no_delete after delete on duty for each statement insert into void select error('append-only: duty');
create trigger duty_end_no_update after update on duty_end for each statement insert into void select error('append-only: duty_end');
create trigger duty_end_no_delete after delete on duty_end for each statement insert into void select error('append-only: duty_end');
create trigger item_doubt_no_update after update on item_doubt for each statement insert into void select error('append-only: item_doubt');
create trigger item_doubt_no_delete after delete on item_doubt for each statement insert into void select error('append-only: item_doubt');
create trigger gold_touched_no_update after update on gold_touched for each statement insert into void select error('append-only: gold_touched');
create trigger gold_touched_no_delete after delete on gold_touched for each statement insert into void select error('append-only: gold_touched');
