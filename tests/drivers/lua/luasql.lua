-- LuaSQL's driver for PostgreSQL.
local driver = require "luasql.postgres"
local task = arg[1]

local function expect(found, wanted)
    if found ~= wanted then error(tostring(found) .. " instead of " .. tostring(wanted)) end
end

local function count(db, sql)
    local found = assert(db:execute(sql))
    local rows = 0
    while found:fetch({}) do rows = rows + 1 end
    return rows
end

local rows = tonumber(os.getenv("ROWS") or "100")
local tasks = {
    connect = function() end,
    scram = function(db) expect(count(db, "SELECT 1"), 1) end,
    simple = function(db) expect(count(db, "SELECT id, name FROM items WHERE id <= 2"), 2) end,
    error = function(db)
        db:setautocommit(false)
        assert(db:execute("INSERT INTO notes VALUES (1, 'lost')"))
        expect(db:execute("SELECT 1 / 0"), nil)
        db:rollback()
        expect(count(db, "SELECT * FROM notes"), 0)
        db:commit()
    end,
    types = function(db) expect(count(db, "SELECT * FROM kinds"), 2) end,
    large = function(db) expect(count(db, "SELECT i, md5(i::text) FROM generate_series(1, " .. rows .. ") AS i"), rows) end,
}

if task == "version" then
    print(driver._VERSION or "LuaSQL")
elseif not tasks[task] then
    os.exit(77)
else
    local environment = driver.postgres()
    local db = assert(environment:connect(os.getenv("PGDATABASE"), os.getenv("PGUSER"), os.getenv("PGPASSWORD"), os.getenv("PGHOST"), os.getenv("PGPORT")))
    tasks[task](db)
    db:close()
    environment:close()
end
