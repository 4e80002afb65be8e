import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.postgresql.PGConnection;

/** The driver pgjdbc. */
public class Pgjdbc {
    interface Task {
        void run(Connection conn) throws Exception;
    }

    static final String ITEM = "SELECT id, name, price, added FROM items WHERE id = ?";
    static final int ROWS = Integer.parseInt(System.getenv().getOrDefault("ROWS", "100"));

    static final Map<String, Task> TASKS = Map.ofEntries(
        Map.entry("connect", conn -> {}),
        Map.entry("scram", conn -> expect(asked(conn, "SELECT 1"), 1)),
        Map.entry("simple", Pgjdbc::simple),
        Map.entry("parameters", Pgjdbc::parameters),
        Map.entry("reuse", Pgjdbc::reuse),
        Map.entry("batch", Pgjdbc::batch),
        Map.entry("error", Pgjdbc::error),
        Map.entry("copy", Pgjdbc::copy),
        Map.entry("notify", Pgjdbc::notifies),
        Map.entry("cancel", Pgjdbc::cancel),
        Map.entry("cursor", Pgjdbc::cursor),
        Map.entry("types", Pgjdbc::types),
        Map.entry("large", Pgjdbc::large));

    static Connection connected(String options) throws SQLException {
        Map<String, String> env = System.getenv();
        String url = "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE");
        return DriverManager.getConnection(url + "?" + options, env.get("PGUSER"), env.get("PGPASSWORD"));
    }

    static void expect(int found, int wanted) {
        if (found != wanted) {
            throw new AssertionError(found + " instead of " + wanted);
        }
    }

    static int count(ResultSet found) throws SQLException {
        int count = 0;
        while (found.next()) {
            for (int column = 1; column <= found.getMetaData().getColumnCount(); column++) {
                found.getObject(column);
            }
            count++;
        }
        return count;
    }

    static int asked(Connection conn, String sql) throws SQLException {
        try (Statement statement = conn.createStatement()) {
            return count(statement.executeQuery(sql));
        }
    }

    static void fails(Connection conn, String sql, String state) throws SQLException {
        try {
            asked(conn, sql);
        } catch (SQLException error) {
            if (error.getSQLState().equals(state)) {
                return;
            }
            throw error;
        }
        throw new AssertionError(state + " was expected");
    }

    static void simple(Connection conn) throws SQLException {
        try (Connection simple = connected("preferQueryMode=simple")) {
            expect(asked(simple, "SELECT id, name FROM items WHERE id <= 2"), 2);
        }
        try (Statement statement = conn.createStatement()) {
            statement.execute("SELECT 1 AS one; SELECT 2 AS two");
        }
    }

    static void parameters(Connection conn) throws SQLException {
        String sql = "SELECT id, name, price FROM items WHERE id = ? OR name = ?";
        try (PreparedStatement statement = conn.prepareStatement(sql)) {
            statement.setInt(1, 2);
            statement.setString(2, "item 5");
            expect(count(statement.executeQuery()), 2);
        }
    }

    /** From the fifth time on the server keeps the statement, and answers in binary format. */
    static void reuse(Connection conn) throws SQLException {
        try (PreparedStatement statement = conn.prepareStatement(ITEM)) {
            for (int id = 1; id <= 8; id++) {
                statement.setInt(1, id);
                expect(count(statement.executeQuery()), 1);
            }
        }
        // Another one with the same text gets the same statement.
        try (PreparedStatement statement = conn.prepareStatement(ITEM)) {
            statement.setInt(1, 9);
            expect(count(statement.executeQuery()), 1);
            statement.setObject(1, 10L);
            expect(count(statement.executeQuery()), 1);
        }
    }

    static void batch(Connection conn) throws SQLException {
        String sql = "INSERT INTO notes VALUES (?, ?)";
        try (PreparedStatement statement = conn.prepareStatement(sql)) {
            for (int id = 1; id <= 5; id++) {
                statement.setInt(1, id);
                statement.setString(2, "note " + id);
                statement.addBatch();
            }
            statement.executeBatch();
        }
        try (PreparedStatement statement = conn.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
            for (int id = 6; id <= 8; id++) {
                statement.setInt(1, id);
                statement.setString(2, null);
                statement.addBatch();
            }
            statement.executeBatch();
            expect(count(statement.getGeneratedKeys()), 3);
        }
    }

    static void error(Connection conn) throws SQLException {
        conn.setAutoCommit(false);
        try (Statement statement = conn.createStatement()) {
            statement.executeUpdate("INSERT INTO notes VALUES (1, 'lost')");
        }
        fails(conn, "SELECT 1 / 0", "22012");
        fails(conn, "SELECT 1", "25P02");
        conn.rollback();
        expect(asked(conn, "SELECT * FROM notes"), 0);
        conn.commit();
    }

    static void copy(Connection conn) throws Exception {
        var copies = conn.unwrap(PGConnection.class).getCopyAPI();
        copies.copyIn("COPY notes FROM STDIN", new StringReader("1\tone\n2\ttwo\n3\t\\N\n"));
        StringWriter text = new StringWriter();
        copies.copyOut("COPY notes TO STDOUT", text);
        expect(text.toString().length(), "1\tone\n2\ttwo\n3\t\\N\n".length());
    }

    static void notifies(Connection conn) throws SQLException {
        try (Statement statement = conn.createStatement()) {
            statement.execute("LISTEN news");
            statement.execute("NOTIFY news, 'hello'");
        }
        expect(conn.unwrap(PGConnection.class).getNotifications(2000).length, 1);
    }

    static void cancel(Connection conn) throws SQLException {
        try (Statement statement = conn.createStatement()) {
            new Thread(() -> {
                try {
                    Thread.sleep(300);
                    statement.cancel();
                } catch (Exception error) {
                    error.printStackTrace();
                }
            }).start();
            statement.executeQuery("SELECT pg_sleep(10)");
        } catch (SQLException error) {
            if (!error.getSQLState().equals("57014")) {
                throw error;
            }
        }
        expect(asked(conn, "SELECT 1"), 1);
    }

    static void cursor(Connection conn) throws SQLException {
        conn.setAutoCommit(false);
        try (PreparedStatement statement = conn.prepareStatement("SELECT id, name, price FROM items WHERE id > ? ORDER BY id")) {
            statement.setFetchSize(6);
            for (int time = 1; time <= 6; time++) {
                statement.setInt(1, 0);
                expect(count(statement.executeQuery()), 20);
            }
        }
        conn.commit();
    }

    static void types(Connection conn) throws SQLException {
        try (PreparedStatement statement = conn.prepareStatement("SELECT * FROM kinds WHERE ?")) {
            for (int time = 1; time <= 6; time++) {
                statement.setBoolean(1, true);
                expect(count(statement.executeQuery()), 2);
            }
        }
    }

    static void large(Connection conn) throws SQLException {
        try (PreparedStatement statement = conn.prepareStatement("SELECT i, md5(i::text) FROM generate_series(1, ?) AS i")) {
            statement.setInt(1, ROWS);
            expect(count(statement.executeQuery()), ROWS);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Task task = TASKS.get(arguments[0]);
        if (arguments[0].equals("version")) {
            System.out.println("pgjdbc " + org.postgresql.Driver.class.getPackage().getImplementationVersion());
        } else if (task == null) {
            System.exit(77);
        } else {
            try (Connection conn = connected("")) {
                task.run(conn);
            }
        }
    }
}
