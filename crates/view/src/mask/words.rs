//! Words that everybody says in SQL: key words, types, functions, options and catalogs that come with every server. They name
//! nothing of those who speak.

/// Whether a word, whatever its case, is one of them.
pub(super) fn is_public(word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    WORDS.binary_search_by(|known| known.as_bytes().cmp(&word)).is_ok()
}

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "?column?", "abort", "abs", "absolute", "access", "action", "add", "admin", "after", "age", "aggregate", "all",
    "also", "alter", "alter_replication_slot", "always", "analyse", "analyze", "and", "any", "application_name",
    "array", "array_agg", "as", "asc", "asensitive", "assertion", "assignment", "asymmetric", "at", "atomic",
    "attach", "attcollation", "attgenerated", "attidentity", "attisdropped", "attlen", "attname", "attnotnull",
    "attnum", "attrelid", "attribute", "atttypid", "atttypmod", "authorization", "avg", "backward", "base_backup",
    "before", "begin", "between", "bigint", "binary", "bit", "bool", "bool_and", "bool_or", "boolean", "both",
    "bpchar", "breadth", "by", "bytea", "bytea_output", "cache", "call", "called", "cascade", "cascaded", "case",
    "cast", "catalog", "chain", "char", "character", "characteristics", "check", "checkpoint", "cidr", "class",
    "client_encoding", "client_min_messages", "close", "cluster", "coalesce", "col_description", "collate",
    "collation", "column", "columns", "comment", "comments", "commit", "committed", "compression",
    "compression_detail", "concat", "concurrently", "configuration", "conflict", "conname", "connection",
    "consistent_point", "constraint", "constraints", "content", "continue", "conversion", "copy", "cost", "count",
    "create", "create_replication_slot", "cross", "csv", "cube", "current", "current_catalog", "current_database",
    "current_date", "current_role", "current_schema", "current_setting", "current_time", "current_timestamp",
    "current_user", "currval", "cursor", "cycle", "data", "database", "date", "datestyle", "datname", "day",
    "dbname", "deallocate", "dec", "decimal", "declare", "default", "default_transaction_isolation",
    "default_transaction_read_only", "defaults", "deferrable", "deferred", "definer", "delete", "delimiter",
    "delimiters", "dense_rank", "depends", "depth", "desc", "detach", "dictionary", "disable", "discard",
    "distinct", "do", "document", "domain", "double", "drop", "drop_replication_slot", "dump_manifest", "each",
    "else", "enable", "encoding", "encrypted", "end", "enum", "enumlabel", "enumsortorder", "enumtypid", "escape",
    "event", "except", "exclude", "excluding", "exclusive", "execute", "exists", "explain", "export_snapshot",
    "expression", "extension", "external", "extra_float_digits", "extract", "failover", "false", "family", "fast",
    "fetch", "filename", "filter", "finalize", "first", "float", "float4", "float8", "following", "for", "force",
    "force_not_null", "force_null", "force_quote", "foreign", "format", "format_type", "forward", "freeze", "from",
    "full", "function", "functions", "generate_series", "generated", "global", "grant", "granted", "greatest",
    "group", "grouping", "groups", "handler", "having", "header", "hex", "hold", "hour", "identify_system",
    "identity", "if", "ilike", "immediate", "immutable", "implicit", "import", "in", "include", "include_policy",
    "including", "increment", "index", "indexes", "indexrelid", "indisprimary", "indkey", "indrelid", "inet",
    "information_schema", "inherit", "inherits", "initially", "inline", "inner", "inout", "input", "insensitive",
    "insert", "instead", "int", "int2", "int4", "int8", "integer", "intersect", "interval", "intervalstyle",
    "into", "invoker", "is", "isnull", "isolation", "join", "json", "json_agg", "json_build_object", "jsonb",
    "jsonb_agg", "jsonb_build_object", "key", "label", "lag", "language", "large", "last", "lateral", "lead",
    "leading", "leakproof", "least", "left", "length", "level", "like", "limit", "listen", "lo_close", "lo_creat",
    "lo_create", "lo_lseek", "lo_open", "lo_tell", "lo_truncate", "lo_unlink", "load", "local", "localtime",
    "localtimestamp", "location", "lock", "lock_timeout", "locked", "logged", "logical", "loread", "lower",
    "lowrite", "lpad", "macaddr", "manifest", "manifest_checksums", "mapping", "match", "matched", "materialized",
    "max", "max_rate", "maxvalue", "md5", "merge", "messages", "method", "min", "minute", "minvalue", "mode",
    "money", "month", "move", "name", "names", "national", "natural", "nchar", "new", "next", "nextval", "nfc",
    "nfd", "nfkc", "nfkd", "no", "noexport_snapshot", "none", "normalize", "normalized", "not", "nothing",
    "notify", "notnull", "now", "nowait", "nspname", "null", "nullif", "nulls", "numeric", "obj_description",
    "object", "of", "off", "offset", "oid", "oids", "old", "on", "only", "operator", "option", "options", "or",
    "order", "ordinality", "origin", "others", "out", "outer", "output_plugin", "over", "overlaps", "overlay",
    "overriding", "owned", "owner", "parallel", "parameter", "parser", "partial", "partition", "passing",
    "password", "pg_am", "pg_attrdef", "pg_attribute", "pg_backend_pid", "pg_cancel_backend", "pg_catalog",
    "pg_class", "pg_collation", "pg_constraint", "pg_database", "pg_description", "pg_encoding_to_char", "pg_enum",
    "pg_get_constraintdef", "pg_get_expr", "pg_get_indexdef", "pg_get_userbyid", "pg_index", "pg_inherits",
    "pg_namespace", "pg_proc", "pg_range", "pg_roles", "pg_settings", "pg_sleep", "pg_table_is_visible", "pg_type",
    "pg_type_is_visible", "pg_typeof", "pgoutput", "physical", "placing", "plans", "policy", "position",
    "preceding", "precision", "prepare", "prepared", "preserve", "primary", "prior", "privileges", "procedural",
    "procedure", "procedures", "program", "progress", "proname", "proto_version", "publication",
    "publication_names", "quote", "random", "range", "rank", "read", "read_replication_slot", "real", "reassign",
    "recheck", "recursive", "ref", "references", "referencing", "refresh", "regclass", "regproc", "regtype",
    "reindex", "relative", "release", "relkind", "relname", "relnamespace", "rename", "repeatable", "replace",
    "replica", "replication", "replication_slot", "reserve_wal", "reset", "restart", "restrict", "return",
    "returning", "returns", "revoke", "right", "rngsubtype", "rngtypid", "role", "rollback", "rollup", "rolname",
    "round", "routine", "routines", "row", "row_number", "row_to_json", "rows", "rpad", "rule", "savepoint",
    "schema", "schemas", "scroll", "search", "search_path", "second", "security", "select", "sequence",
    "sequences", "serializable", "server", "session", "session_authorization", "session_user", "set", "setof",
    "sets", "setting", "setval", "share", "show", "similar", "simple", "skip", "slot", "slot_name", "smallint",
    "snapshot", "snapshot_name", "some", "spclocation", "spcoid", "spcsize", "sql", "stable", "standalone",
    "standard_conforming_strings", "start", "start_replication", "statement", "statement_timeout", "statistics",
    "stdin", "stdout", "storage", "stored", "streaming", "strict", "string_agg", "strip", "subscription", "substr",
    "substring", "sum", "support", "symmetric", "sysid", "system", "systemid", "table", "tables", "tablesample",
    "tablespace", "tablespace_map", "target", "target_detail", "temp", "template", "temporary", "text", "then",
    "tid", "ties", "time", "timeline", "timeline_history", "timestamp", "timestamptz", "timetz", "timezone", "to",
    "to_char", "to_date", "to_json", "to_jsonb", "to_number", "to_timestamp", "trailing", "transaction",
    "transform", "treat", "trigger", "trim", "true", "truncate", "trusted", "tsquery", "tsvector", "two_phase",
    "txid_current", "typarray", "typbasetype", "typdelim", "type", "typelem", "types", "typinput", "typname",
    "typnamespace", "typnotnull", "typrelid", "typtype", "typtypmod", "uescape", "unbounded", "uncommitted",
    "unencrypted", "union", "unique", "unknown", "unlisten", "unlogged", "unnest", "until", "update",
    "upload_manifest", "upper", "use_snapshot", "usename", "user", "using", "uuid", "vacuum", "valid", "validate",
    "validator", "value", "values", "varbit", "varchar", "variadic", "varying", "verbose", "version", "view",
    "views", "volatile", "wal", "when", "where", "whitespace", "window", "with", "within", "without", "work",
    "wrapper", "write", "xid", "xid8", "xlogpos", "xml", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable", "year", "yes",
    "zone",
];

/// Options whose value, a literal, says how the answer is to be read: it stays.
pub(super) fn is_option(word: &[u8]) -> bool {
    OPTIONS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

const OPTIONS: [&str; 13] = [
    "binary",
    "client_encoding",
    "datestyle",
    "delimiter",
    "delimiters",
    "escape",
    "extra_float_digits",
    "format",
    "messages",
    "proto_version",
    "quote",
    "streaming",
    "two_phase",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_found_in_any_case() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        assert!(is_public(b"SELECT") && is_public(b"Coalesce") && !is_public(b"alice"));
    }
}
