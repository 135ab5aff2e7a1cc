-- Triage: what people said of a dispute's cause and of what belongs together, and single questions to the client.
-- Proposals are computed from the records and are stored nowhere; here stands only what a person said. All of it is
-- append-only, the newest row counts; a link is never changed either, it expires or is withdrawn by a row of its own.

-- A cause that a person gave to an item, in place of the proposed one.
create table cause_given (
    id bigint primary key,
    item bigint not null,
    project bigint not null,
    cause varchar not null check (cause in ('guideline_gap', 'boundary', 'ambiguous_keyword', 'bad_clip', 'grader_error')),
    proposed varchar not null,              -- what had been proposed, so that proposals can be measured
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- An item that a person put into a cluster: one made by splitting or merging. Cluster null: back to where the rules put it.
create table cluster_given (
    id bigint primary key,
    item bigint not null,
    project bigint not null,
    cluster varchar,
    why varchar,                            -- what the person said that holds it together
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
-- One question to the client, about one item, between meetings. Only the hash of the link's token is kept.
create table client_question (
    id bigint primary key,
    project bigint not null,
    item bigint not null,
    cluster varchar,                        -- the cluster that the answer would settle
    text_zh varchar, text_en varchar,       -- what is asked
    choices varchar not null,               -- JSON: two or three of {"level": 0..3, "text": ...}
    language varchar not null,
    token_hash varchar not null,
    expires_at timestamptz not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);
create table client_question_answer (
    question bigint primary key,
    choice smallint not null,               -- place in choices, from 0
    level smallint not null check (level between 0 and 3),
    comment varchar not null,
    made_at timestamptz not null,
    act bigint not null
);
-- A question that is taken back: its link opens no more.
create table client_question_end (
    question bigint primary key,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

create trigger cause_given_no_update after update on cause_given for each statement insert into void select error('append-only: cause_given');
create trigger cause_given_no_delete after delete on cause_given for each statement insert into void select error('append-only: cause_given');
create trigger cluster_given_no_update after update on cluster_given for each statement insert into void select error('append-only: cluster_given');
create trigger cluster_given_no_delete after delete on cluster_given for each statement insert into void select error('append-only: cluster_given');
create trigger client_question_no_update after update on client_question for each statement insert into void select error('append-only: client_question');
create trigger client_question_no_delete after delete on client_question for each statement insert into void select error('append-only: client_question');
create trigger client_question_answer_no_update after update on client_question_answer for each statement insert into void select error('append-only: client_question_answer');
create trigger client_question_answer_no_delete after delete on client_question_answer for each statement insert into void select error('append-only: client_question_answer');
create trigger client_question_end_no_update after update on client_question_end for each statement insert into void select error('append-only: client_question_end');
create trigger client_question_end_no_delete after delete on client_question_end for each statement insert into void select error('append-only: client_question_end');
