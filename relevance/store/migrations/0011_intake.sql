-- What grading confirms, one row a commit, until the writer puts it into its tables, at most a second later
-- (relevance/store/intake.py). No key: rows come and go, and an index that rows are deleted from is what loses them.
create table intake (
    id bigint not null,
    rows varchar not null                   -- JSON: [table, columns, rows] for each table
);
