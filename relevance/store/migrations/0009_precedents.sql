-- A precedent whose place another one took that was there already. (A new one names its predecessor itself: `supersedes`.)
create table precedent_replaced (
    old bigint primary key,
    new bigint not null,
    project bigint not null,
    reason varchar not null,
    made_by bigint not null,
    made_at timestamptz not null,
    act bigint not null
);

create trigger precedent_replaced_no_update after update on precedent_replaced for each statement insert into void select error('append-only: precedent_replaced');
create trigger precedent_replaced_no_delete after delete on precedent_replaced for each statement insert into void select error('append-only: precedent_replaced');
