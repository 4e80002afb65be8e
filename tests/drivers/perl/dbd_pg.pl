# The driver DBD::Pg.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:async);

my $rows = $ENV{ROWS} || 100;

sub expect { my ($found, $wanted) = @_; die "$found instead of $wanted" if $found ne $wanted }

sub fails {
    my ($state, $work) = @_;
    die "$state was expected" if eval { $work->(); 1 };
    die $@ if $DBI::state ne $state;
}

sub count {
    my ($db, $sql, @values) = @_;
    return scalar @{ $db->selectall_arrayref($sql, undef, @values) };
}

my %tasks = (
    connect => sub { },
    scram => sub { my ($db) = @_; expect(count($db, "SELECT 1"), 1) },
    simple => sub {
        my ($db) = @_;
        expect(count($db, "SELECT id, name FROM items WHERE id <= 2"), 2);
        $db->do("SELECT 1 AS one; SELECT 2 AS two");
    },
    parameters => sub {
        my ($db) = @_;
        expect(count($db, "SELECT id, name, price FROM items WHERE id = ? OR name = ?", 2, "item 5"), 2);
    },
    reuse => sub {
        my ($db) = @_;
        my $statement = $db->prepare("SELECT id, name, price, added FROM items WHERE id = ?");
        for my $id (1 .. 4) {
            $statement->execute($id);
            expect(scalar @{ $statement->fetchall_arrayref }, 1);
        }
        undef $statement;
    },
    batch => sub {
        my ($db) = @_;
        my $statement = $db->prepare("INSERT INTO notes VALUES (?, ?)");
        $statement->execute_array({}, [1, 2, 3], ["one", "two", undef]);
    },
    error => sub {
        my ($db) = @_;
        $db->begin_work;
        $db->do("INSERT INTO notes VALUES (?, ?)", undef, 1, "lost");
        fails("22012", sub { count($db, "SELECT 1 / ?::int", 0) });
        fails("25P02", sub { count($db, "SELECT 1") });
        $db->rollback;
        expect(count($db, "SELECT * FROM notes"), 0);
    },
    copy => sub {
        my ($db) = @_;
        $db->do("COPY notes FROM STDIN");
        $db->pg_putcopydata($_) for "1\tone\n", "2\ttwo\n", "3\t\\N\n";
        $db->pg_putcopyend;
        $db->do("COPY notes TO STDOUT");
        my ($row, $count) = ("", 0);
        $count++ while $db->pg_getcopydata($row) >= 0;
        expect($count, 3);
    },
    notify => sub {
        my ($db) = @_;
        $db->do("LISTEN news");
        $db->do("NOTIFY news, 'hello'");
        expect($db->pg_notifies->[2], "hello");
    },
    cancel => sub {
        my ($db) = @_;
        $db->do("SELECT pg_sleep(10)", { pg_async => PG_ASYNC });
        select undef, undef, undef, 0.3;
        $db->pg_cancel;
        expect(count($db, "SELECT 1"), 1);
    },
    cursor => sub {
        my ($db) = @_;
        $db->begin_work;
        $db->do("DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id");
        expect(count($db, "FETCH 6 FROM portions"), $_) for 6, 6, 6, 2;
        $db->commit;
    },
    types => sub { my ($db) = @_; expect(count($db, "SELECT * FROM kinds WHERE ?", 1), 2) },
    large => sub {
        my ($db) = @_;
        expect(count($db, "SELECT i, md5(i::text) FROM generate_series(1, ?) AS i", $rows), $rows);
    },
);

my $task = shift;
if ($task eq "version") {
    print "DBD::Pg $DBD::Pg::VERSION\n";
    exit;
}
exit 77 unless $tasks{$task};
my $db = DBI->connect("dbi:Pg:", $ENV{PGUSER}, $ENV{PGPASSWORD}, { RaiseError => 1, PrintError => 0 });
$tasks{$task}->($db);
$db->disconnect;
