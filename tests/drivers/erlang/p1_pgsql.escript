#!/usr/bin/env escript
%% The driver p1_pgsql.

env(Name) -> os:getenv(Name).

expect(Same, Same) -> ok;
expect(Found, Wanted) -> throw({Found, instead_of, Wanted}).

count({ok, _Command, _Status, _Columns, Rows}) -> length(Rows);
count({ok, Results}) -> lists:sum([length(Rows) || {_Command, _Columns, Rows} <- Results, is_list(Rows)]);
count(Other) -> throw(Other).

tasks() ->
    #{
        "connect" => fun(_) -> ok end,
        "scram" => fun(C) -> expect(count(pgsql:squery(C, "SELECT 1")), 1) end,
        "simple" => fun(C) -> expect(count(pgsql:squery(C, "SELECT id, name FROM items WHERE id <= 2")), 2) end,
        "parameters" => fun(C) ->
            expect(count(pgsql:pquery(C, "SELECT id, name, price FROM items WHERE id = $1::text::int", ["2"])), 1)
        end,
        "reuse" => fun(C) ->
            {ok, _, _, _} = pgsql:prepare(C, "item", "SELECT name, price FROM items WHERE id = $1::text::int"),
            [{ok, _} = pgsql:execute(C, "item", [Id]) || Id <- ["1", "2", "3"]]
        end,
        "error" => fun(C) ->
            {ok, _} = pgsql:squery(C, "BEGIN"),
            {ok, [{error, _}]} = pgsql:squery(C, "SELECT 1 / 0"),
            {ok, _} = pgsql:squery(C, "ROLLBACK")
        end,
        "types" => fun(C) -> expect(count(pgsql:squery(C, "SELECT * FROM kinds")), 2) end,
        "large" => fun(C) ->
            Rows = list_to_integer(env("ROWS")),
            Sql = "SELECT i, md5(i::text) FROM generate_series(1, " ++ env("ROWS") ++ ") AS i",
            expect(count(pgsql:squery(C, Sql)), Rows)
        end
    }.

main(["version"]) ->
    ok = application:load(p1_pgsql),
    {ok, Version} = application:get_key(p1_pgsql, vsn),
    io:format("p1_pgsql ~s~n", [Version]);
main([Name]) ->
    case maps:find(Name, tasks()) of
        error ->
            halt(77);
        {ok, Task} ->
            {ok, C} = pgsql:connect([
                {host, env("PGHOST")}, {port, list_to_integer(env("PGPORT"))}, {database, env("PGDATABASE")},
                {user, env("PGUSER")}, {password, env("PGPASSWORD")}
            ]),
            Task(C),
            pgsql:terminate(C)
    end.
