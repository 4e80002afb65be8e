# The driver pg.
require "pg"

ROWS = (ENV["ROWS"] || "100").to_i
ITEM = "SELECT id, name, price, added FROM items WHERE id = $1"

def expect(found, wanted)
  raise "#{found.inspect} instead of #{wanted.inspect}" if found != wanted
end

def fails(state)
  yield
rescue PG::Error => error
  raise unless error.result.error_field(PG::Result::PG_DIAG_SQLSTATE) == state
else
  raise "#{state} was expected"
end

TASKS = {
  "connect" => ->(conn) {},
  "scram" => ->(conn) { conn.exec("SELECT 1") },
  "simple" => lambda do |conn|
    expect(conn.exec("SELECT id, name FROM items WHERE id <= 2 ORDER BY id").values, [%w[1 item\ 1], %w[2 item\ 2]])
    conn.exec("SELECT 1 AS one; SELECT 2 AS two")
  end,
  "parameters" => lambda do |conn|
    sql = "SELECT id, name, price FROM items WHERE id = $1 OR name = $2"
    expect(conn.exec_params(sql, [2, "item 5"]).ntuples, 2)
    expect(conn.exec_params(sql, [2, "item 5"], 1).ntuples, 2)
  end,
  "reuse" => lambda do |conn|
    conn.prepare("item", ITEM)
    [0, 1].each { |format| (1..3).each { |id| expect(conn.exec_prepared("item", [id], format).ntuples, 1) } }
    conn.describe_prepared("item")
  end,
  "batch" => lambda do |conn|
    conn.enter_pipeline_mode
    (1..3).each { |id| conn.send_query_params("INSERT INTO notes VALUES ($1, $2) RETURNING id", [id, "note"]) }
    conn.send_query_params("SELECT 1 / $1::int", [0])
    conn.send_query_params("SELECT $1::text", ["skipped"])
    conn.pipeline_sync
    conn.send_query_params(ITEM, [4], 1)
    conn.pipeline_sync
    syncs = 0
    while syncs < 2
      result = conn.get_result
      syncs += 1 if result && result.result_status == PG::PGRES_PIPELINE_SYNC
    end
    conn.exit_pipeline_mode
  end,
  "error" => lambda do |conn|
    conn.exec("BEGIN")
    conn.exec_params("INSERT INTO notes VALUES ($1, $2)", [1, "lost"])
    fails("22012") { conn.exec("SELECT 1 / 0") }
    fails("25P02") { conn.exec_params("SELECT $1::int", [1]) }
    conn.exec("ROLLBACK")
    expect(conn.exec("SELECT count(*) FROM notes").getvalue(0, 0), "0")
  end,
  "copy" => lambda do |conn|
    conn.copy_data("COPY notes FROM STDIN") { ["1\tone\n", "2\ttwo\n", "3\t\\N\n"].each { |row| conn.put_copy_data(row) } }
    rows = []
    conn.copy_data("COPY notes TO STDOUT") { while (row = conn.get_copy_data) do rows << row end }
    expect(rows.length, 3)
  end,
  "notify" => lambda do |conn|
    conn.exec("LISTEN news")
    conn.exec("NOTIFY news, 'hello'")
    conn.wait_for_notify(5) { |_, _, payload| expect(payload, "hello") }
  end,
  "cancel" => lambda do |conn|
    conn.send_query("SELECT pg_sleep(10)")
    sleep 0.3
    conn.cancel
    fails("57014") { conn.get_last_result }
    expect(conn.exec("SELECT 1").getvalue(0, 0), "1")
  end,
  "cursor" => lambda do |conn|
    conn.transaction do
      conn.exec("DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id")
      [6, 6, 6, 2].each { |count| expect(conn.exec("FETCH 6 FROM portions").ntuples, count) }
      conn.exec("DECLARE binaries BINARY CURSOR FOR SELECT id, name, price FROM items ORDER BY id")
      expect(conn.exec("FETCH 6 FROM binaries").ntuples, 6)
    end
  end,
  "types" => lambda do |conn|
    expect(conn.exec("SELECT * FROM kinds").ntuples, 2)
    expect(conn.exec_params("SELECT * FROM kinds WHERE $1", [true], 1).ntuples, 2)
  end,
  "large" => lambda do |conn|
    conn.send_query_params("SELECT i, md5(i::text) FROM generate_series(1, $1) AS i", [ROWS])
    conn.set_single_row_mode
    count = 0
    conn.get_result.stream_each { count += 1 }
    expect(count, ROWS)
  end,
}.freeze

task = ARGV.fetch(0)
if task == "version"
  puts "pg #{PG::VERSION}, libpq #{PG.library_version}"
elsif TASKS.key?(task)
  conn = PG.connect
  TASKS[task].call(conn)
  conn.close
else
  exit 77
end
