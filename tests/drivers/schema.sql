-- What the drivers find: made anew for each server.
CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, price numeric(10, 2), added timestamptz);
INSERT INTO items
    SELECT i, 'item ' || i, i * 1.25, timestamptz '2024-01-02 03:04:05+00' + i * interval '1 hour'
    FROM generate_series(1, 20) AS i;
CREATE TABLE notes (id integer, note text);

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE TYPE place AS (street text, number integer);
CREATE TABLE kinds (
    a_bool boolean, an_int2 smallint, an_int4 integer, an_int8 bigint, a_float4 real, a_float8 double precision,
    a_numeric numeric, a_money money, a_text text, a_varchar varchar(10), a_char char(5), a_bytea bytea,
    a_date date, a_time time, a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz, an_interval interval,
    a_uuid uuid, a_json json, a_jsonb jsonb, an_inet inet, a_cidr cidr, a_macaddr macaddr, a_bit bit(5), a_varbit varbit,
    a_point point, a_box box, a_path path, a_circle circle, a_tsvector tsvector, a_tsquery tsquery, an_oid oid,
    a_range int4range, a_multirange int4multirange, an_array integer[], a_text_array text[], an_enum mood, a_domain positive,
    a_place place, an_lsn pg_lsn
);
INSERT INTO kinds VALUES (
    true, -2, 42, 9000000000, 1.5, -2.25, 12345.678, 12.34, 'grüße', 'short', 'abc', '\x00ff10',
    '2024-02-29', '12:34:56.789', '12:34:56+02', '2024-02-29 12:34:56', '2024-02-29 12:34:56+00', '1 year 2 days 03:04:05',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{"b": [true, null]}', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'011',
    '(1,2)', '(3,4),(1,2)', '[(0,0),(1,1)]', '<(0,0),2>', 'a fat cat', 'fat & rat', 1259,
    '[1,5)', '{[1,3), [5,8)}', '{1,2,NULL}', '{"x","y z"}', 'happy', 7,
    ROW('Main', 5), '16/B374D848'
);
INSERT INTO kinds DEFAULT VALUES;
