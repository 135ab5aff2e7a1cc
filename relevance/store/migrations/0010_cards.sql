-- The check question of a version's card in each language that it was written in; its answers stand in one order in all of
-- them, so that guideline_change.check_right says the right one in each. guideline_change holds the first of them as before.
create table guideline_check (
    guideline bigint not null,
    language varchar not null check (language in ('zh', 'en')),
    question varchar not null,
    options varchar not null,               -- JSON: texts
    act bigint not null,
    primary key (guideline, language)
);

create trigger guideline_check_no_update after update on guideline_check for each statement insert into void select error('append-only: guideline_check');
create trigger guideline_check_no_delete after delete on guideline_check for each statement insert into void select error('append-only: guideline_check');
