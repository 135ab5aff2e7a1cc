-- The meeting: its people, its agenda, blind votes, and what every case ended as.
-- What has happened is append-only (votes, reveals, outcomes, dissent, who drove, what was on the screen); only the
-- agenda's order, who is invited and whether a guest's link still opens are ever changed, and not after the close.

create table meeting (
    id bigint primary key,
    project bigint not null,
    title varchar not null,
    starts_at timestamptz not null,
    budget_minutes integer not null check (budget_minutes between 5 and 480),
    decides varchar not null check (decides in ('client', 'chair', 'majority')),
    watermark boolean not null,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table meeting_setting (              -- the project's: who decides in its meetings; the newest counts
    id bigint primary key,
    project bigint not null,
    decides varchar not null check (decides in ('client', 'chair', 'majority')),
    watermark boolean not null,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table meeting_event (                -- a meeting without one is being prepared
    meeting bigint not null,
    kind varchar not null check (kind in ('opened', 'closed')),
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null,
    primary key (meeting, kind)
);
create table meeting_attendee (
    id bigint primary key,
    meeting bigint not null,
    account bigint,                         -- null: a guest
    part varchar not null check (part in ('chair', 'lead', 'client', 'specialist', 'guest')),
    made_at timestamptz not null,
    removed_at timestamptz,
    act bigint not null
);
-- A guest's name stands here alone, as people's names stand in `person`, so that it can be erased.
create table meeting_guest (
    attendee bigint primary key,
    meeting bigint not null,
    name varchar not null,
    language varchar not null,
    token_hash varchar not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table meeting_case (
    id bigint primary key,
    meeting bigint not null,
    project bigint not null,
    item bigint not null,                   -- the telling item, whose clip is shown
    keyword bigint not null,
    cluster varchar,                        -- the cluster that it came from
    cause varchar,
    why varchar not null,                   -- in one line, why its items belong together
    items integer not null,
    value double not null,
    minutes double not null,
    position integer not null,
    made_at timestamptz not null,
    removed_at timestamptz,
    act bigint not null
);
create table meeting_case_item (
    case_id bigint not null,
    item bigint not null,
    primary key (case_id, item)
);
create table meeting_vote (                 -- of each attendee the newest counts; never told before the reveal
    id bigint primary key,
    case_id bigint not null,
    meeting bigint not null,
    attendee bigint not null,
    level smallint not null check (level between 0 and 3),
    reason varchar not null,
    evidence_ms varchar not null default '[]',
    made_at timestamptz not null
);
create table meeting_reveal (
    case_id bigint primary key,
    meeting bigint not null,
    votes smallint not null,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table meeting_hold (                 -- who drives; the newest does
    id bigint primary key,
    meeting bigint not null,
    attendee bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table meeting_step (                 -- what is on the screen; the newest is
    id bigint primary key,
    meeting bigint not null,
    case_id bigint not null,
    made_at timestamptz not null,
    made_by bigint not null
);
create table outcome (
    id bigint primary key,
    case_id bigint not null,
    meeting bigint not null,
    project bigint not null,
    item bigint not null,
    kind varchar not null check (kind in ('decided', 'deferred', 'returned', 'withdrawn', 'no_rule')),
    level smallint check (level between 0 and 3),
    reason varchar not null,
    rule varchar,
    binds varchar check (binds in ('precedent', 'amendment', 'single')),
    single_why varchar,
    decision bigint,
    precedent bigint,
    amendment bigint,
    decided_by bigint,                      -- the attendee whose word it was
    defer_to varchar, missing varchar, due varchar,
    wants varchar check (wants in ('grades', 'clip')),
    extra smallint,
    evidence varchar, client_answer varchar,
    corrects bigint,                        -- the outcome that it takes the place of
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);
create table dissent (
    id bigint primary key,
    outcome bigint not null,
    attendee bigint,                        -- null: without a name
    text varchar not null,
    made_at timestamptz not null,
    act bigint not null
);
create table meeting_notice (               -- invitations, reminders and minutes that went out, or could not
    id bigint primary key,
    meeting bigint not null,
    kind varchar not null check (kind in ('invitation', 'reminder', 'minutes')),
    channel varchar not null check (channel in ('smtp', 'webhook', 'file')),
    detail varchar not null,                -- where to: a file's name or how many addressees, never an address
    failed varchar,
    made_at timestamptz not null,
    made_by bigint not null,
    act bigint not null
);

create trigger meeting_no_update after update on meeting for each statement insert into void select error('append-only: meeting');
create trigger meeting_no_delete after delete on meeting for each statement insert into void select error('append-only: meeting');
create trigger meeting_setting_no_update after update on meeting_setting for each statement insert into void select error('append-only: meeting_setting');
create trigger meeting_setting_no_delete after delete on meeting_setting for each statement insert into void select error('append-only: meeting_setting');
create trigger meeting_event_no_update after update on meeting_event for each statement insert into void select error('append-only: meeting_event');
create trigger meeting_event_no_delete after delete on meeting_event for each statement insert into void select error('append-only: meeting_event');
create trigger meeting_case_item_no_update after update on meeting_case_item for each statement insert into void select error('append-only: meeting_case_item');
create trigger meeting_case_item_no_delete after delete on meeting_case_item for each statement insert into void select error('append-only: meeting_case_item');
create trigger meeting_vote_no_update after update on meeting_vote for each statement insert into void select error('append-only: meeting_vote');
create trigger meeting_vote_no_delete after delete on meeting_vote for each statement insert into void select error('append-only: meeting_vote');
create trigger meeting_reveal_no_update after update on meeting_reveal for each statement insert into void select error('append-only: meeting_reveal');
create trigger meeting_reveal_no_delete after delete on meeting_reveal for each statement insert into void select error('append-only: meeting_reveal');
create trigger meeting_hold_no_update after update on meeting_hold for each statement insert into void select error('append-only: meeting_hold');
create trigger meeting_hold_no_delete after delete on meeting_hold for each statement insert into void select error('append-only: meeting_hold');
create trigger meeting_step_no_update after update on meeting_step for each statement insert into void select error('append-only: meeting_step');
create trigger meeting_step_no_delete after delete on meeting_step for each statement insert into void select error('append-only: meeting_step');
create trigger outcome_no_update after update on outcome for each statement insert into void select error('append-only: outcome');
create trigger outcome_no_delete after delete on outcome for each statement insert into void select error('append-only: outcome');
create trigger dissent_no_update after update on dissent for each statement insert into void select error('append-only: dissent');
create trigger dissent_no_delete after delete on dissent for each statement insert into void select error('append-only: dissent');
create trigger meeting_notice_no_update after update on meeting_notice for each statement insert into void select error('append-only: meeting_notice');
create trigger meeting_notice_no_delete after delete on meeting_notice for each statement insert into void select error('append-only: meeting_notice');
