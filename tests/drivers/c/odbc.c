/* The ODBC driver psqlodbc, through unixODBC. */
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SQLHENV environment;
static SQLHDBC connection;

static void fail(SQLSMALLINT kind, SQLHANDLE handle, const char *what)
{
    SQLCHAR state[6] = "", text[512] = "";
    SQLGetDiagRec(kind, handle, 1, state, NULL, text, sizeof text, NULL);
    fprintf(stderr, "%s: %s %s\n", what, state, text);
    exit(1);
}

static SQLHSTMT statement(void)
{
    SQLHSTMT made;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, connection, &made)))
        fail(SQL_HANDLE_DBC, connection, "a statement");
    return made;
}

static int count(SQLHSTMT asked)
{
    int count = 0;
    SQLRETURN came;
    while (SQL_SUCCEEDED(came = SQLFetch(asked)))
        count++;
    if (came != SQL_NO_DATA)
        fail(SQL_HANDLE_STMT, asked, "fetch");
    SQLFreeStmt(asked, SQL_CLOSE);
    return count;
}

static void expect(int found, int wanted)
{
    if (found != wanted) {
        fprintf(stderr, "%d instead of %d\n", found, wanted);
        exit(1);
    }
}

static int asked(const char *sql)
{
    SQLHSTMT made = statement();
    if (!SQL_SUCCEEDED(SQLExecDirect(made, (SQLCHAR *) sql, SQL_NTS)))
        fail(SQL_HANDLE_STMT, made, sql);
    int found = count(made);
    SQLFreeHandle(SQL_HANDLE_STMT, made);
    return found;
}

static void with(SQLHSTMT made, SQLINTEGER *value)
{
    SQLBindParameter(made, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, value, 0, NULL);
}

static void scram(void) { expect(asked("SELECT 1"), 1); }

static void simple(void) { expect(asked("SELECT id, name FROM items WHERE id <= 2"), 2); }

static void reuse(void)
{
    SQLINTEGER id;
    SQLHSTMT made = statement();
    SQLPrepare(made, (SQLCHAR *) "SELECT id, name, price, added FROM items WHERE id = ?", SQL_NTS);
    with(made, &id);
    for (id = 1; id <= 4; id++) {
        if (!SQL_SUCCEEDED(SQLExecute(made)))
            fail(SQL_HANDLE_STMT, made, "execute");
        expect(count(made), 1);
    }
    SQLFreeHandle(SQL_HANDLE_STMT, made);
}

static void batch(void)
{
    SQLINTEGER ids[3] = {1, 2, 3};
    SQLHSTMT made = statement();
    SQLSetStmtAttr(made, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER) 3, 0);
    with(made, ids);
    if (!SQL_SUCCEEDED(SQLExecDirect(made, (SQLCHAR *) "INSERT INTO notes VALUES (?, 'note')", SQL_NTS)))
        fail(SQL_HANDLE_STMT, made, "insert");
    SQLFreeHandle(SQL_HANDLE_STMT, made);
    expect(asked("SELECT * FROM notes"), 3);
}

static void error(void)
{
    SQLSetConnectAttr(connection, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER) SQL_AUTOCOMMIT_OFF, 0);
    SQLHSTMT made = statement();
    expect(SQL_SUCCEEDED(SQLExecDirect(made, (SQLCHAR *) "INSERT INTO notes VALUES (1, 'lost')", SQL_NTS)), 1);
    SQLHSTMT wrong = statement();
    expect(SQL_SUCCEEDED(SQLExecDirect(wrong, (SQLCHAR *) "SELECT 1 / 0", SQL_NTS)), 0);
    SQLEndTran(SQL_HANDLE_DBC, connection, SQL_ROLLBACK);
    expect(asked("SELECT * FROM notes"), 0);
    SQLEndTran(SQL_HANDLE_DBC, connection, SQL_COMMIT);
}

static void types(void) { expect(asked("SELECT * FROM kinds"), 2); }

static void large(void)
{
    SQLINTEGER rows = atoi(getenv("ROWS"));
    SQLHSTMT made = statement();
    with(made, &rows);
    if (!SQL_SUCCEEDED(SQLExecDirect(made, (SQLCHAR *) "SELECT i, md5(i::text) FROM generate_series(1, ?) AS i", SQL_NTS)))
        fail(SQL_HANDLE_STMT, made, "select");
    expect(count(made), rows);
    SQLFreeHandle(SQL_HANDLE_STMT, made);
}

static void cursor(void)
{
    SQLHSTMT made = statement();
    SQLSetStmtAttr(made, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER) 6, 0);
    if (!SQL_SUCCEEDED(SQLExecDirect(made, (SQLCHAR *) "SELECT id, name, price FROM items ORDER BY id", SQL_NTS)))
        fail(SQL_HANDLE_STMT, made, "select");
    expect(count(made), 4);
    SQLFreeHandle(SQL_HANDLE_STMT, made);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); const char *more; } tasks[] = {
        {"connect", NULL, ""}, {"scram", scram, ""}, {"simple", simple, ""}, {"reuse", reuse, ""}, {"batch", batch, ""},
        {"error", error, ""}, {"types", types, ""}, {"large", large, ""}, {"cursor", cursor, "UseDeclareFetch=1;Fetch=6;"},
    };
    char place[512];
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment);
    SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
    if (strcmp(argv[1], "version") == 0) {
        SQLCHAR name[128], about[512];
        SQLUSMALLINT which = SQL_FETCH_FIRST;
        while (SQL_SUCCEEDED(SQLDrivers(environment, which, name, sizeof name, NULL, about, sizeof about, NULL))) {
            if (strcmp((char *) name, "PostgreSQL Unicode") == 0) {
                puts("psqlodbc through unixODBC");
                return 0;
            }
            which = SQL_FETCH_NEXT;
        }
        fprintf(stderr, "psqlodbc is not installed\n");
        return 1;
    }
    for (size_t at = 0; at < sizeof tasks / sizeof *tasks; at++) {
        if (strcmp(argv[1], tasks[at].name) != 0)
            continue;
        snprintf(place, sizeof place, "DRIVER={PostgreSQL Unicode};SERVER=%s;PORT=%s;DATABASE=%s;UID=%s;PWD=%s;%s",
                 getenv("PGHOST"), getenv("PGPORT"), getenv("PGDATABASE"), getenv("PGUSER"), getenv("PGPASSWORD"), tasks[at].more);
        SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection);
        if (!SQL_SUCCEEDED(SQLDriverConnect(connection, NULL, (SQLCHAR *) place, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)))
            fail(SQL_HANDLE_DBC, connection, "connect");
        if (tasks[at].run)
            tasks[at].run();
        SQLDisconnect(connection);
        return 0;
    }
    return 77;
}
