# The library pgtcl.
package require Pgtcl

proc expect {found wanted} {
    if {$found ne $wanted} { error "$found instead of $wanted" }
}

proc asked {db args} {
    set result [pg_exec $db {*}$args]
    if {[pg_result $result -status] ni {PGRES_TUPLES_OK PGRES_COMMAND_OK}} {
        set state [pg_result $result -error sqlstate]
        pg_result $result -clear
        error $state
    }
    set count [pg_result $result -numTuples]
    pg_result $result -clear
    return $count
}

proc fails {state db sql} {
    if {![catch {asked $db $sql} found]} { error "$state was expected" }
    expect $found $state
}

set task [lindex $argv 0]
proc connect {db} {}
proc scram {db} { asked $db "SELECT 1" }
proc simple {db} { expect [asked $db "SELECT id, name FROM items WHERE id <= 2"] 2 }
proc parameters {db} { expect [asked $db {SELECT id, name, price FROM items WHERE id = $1 OR name = $2} 2 "item 5"] 2 }
proc reuse {db} {
    asked $db {PREPARE item AS SELECT id, name, price, added FROM items WHERE id = $1}
    foreach id {1 2 3} {
        set result [pg_exec_prepared $db item $id]
        expect [pg_result $result -numTuples] 1
        pg_result $result -clear
    }
}
proc failing {db} {
    asked $db BEGIN
    fails 22012 $db "SELECT 1 / 0"
    fails 25P02 $db "SELECT 1"
    asked $db ROLLBACK
}
proc types {db} { expect [asked $db "SELECT * FROM kinds"] 2 }
proc large {db} { expect [asked $db {SELECT i, md5(i::text) FROM generate_series(1, $1) AS i} $::env(ROWS)] $::env(ROWS) }

if {$task eq "version"} {
    puts "Pgtcl [package require Pgtcl]"
} elseif {$task ni {connect scram simple parameters reuse error types large}} {
    exit 77
} else {
    set db [pg_connect -conninfo "dbname=$env(PGDATABASE)"]
    [expr {$task eq "error" ? "failing" : $task}] $db
    pg_disconnect $db
}
