//! Functions that clients call by their oids: those of large objects. Their oids, names and types are the same in every
//! server, since they stand in the system catalogue from the beginning.

/// A function of the system catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its oid in pg_proc.
    pub oid: u32,
    /// Its name.
    pub name: &'static str,
    /// What its arguments are called, and the oids of their types.
    pub arguments: &'static [(&'static str, u32)],
    /// The oid of the type of its result.
    pub result: u32,
    /// What it does.
    pub doc: &'static str,
}

const BYTEA: u32 = 17;
const INT8: u32 = 20;
const INT4: u32 = 23;
const TEXT: u32 = 25;
const OID: u32 = 26;
const VOID: u32 = 2278;

const FD: (&str, u32) = ("fd", INT4);
const LOID: (&str, u32) = ("loid", OID);

const fn function(
    oid: u32,
    name: &'static str,
    arguments: &'static [(&'static str, u32)],
    result: u32,
    doc: &'static str,
) -> Function {
    Function { oid, name, arguments, result, doc }
}

/// All of them, in the order of their oids.
pub static FUNCTIONS: &[Function] = &[
    function(
        715,
        "lo_create",
        &[LOID],
        OID,
        "Makes a large object with this oid, or with any if it is 0; gives its oid.",
    ),
    function(
        764,
        "lo_import",
        &[("filename", TEXT)],
        OID,
        "Makes a large object of a file of the server's machine; gives its oid.",
    ),
    function(
        765,
        "lo_export",
        &[LOID, ("filename", TEXT)],
        INT4,
        "Writes a large object into a file of the server's machine.",
    ),
    function(
        767,
        "lo_import",
        &[("filename", TEXT), LOID],
        OID,
        "Makes a large object with this oid of a file of the server's machine.",
    ),
    function(
        952,
        "lo_open",
        &[LOID, ("mode", INT4)],
        INT4,
        "Opens a large object until the transaction ends; gives a descriptor. The mode is INV_WRITE (131072), INV_READ (262144) or both.",
    ),
    function(953, "lo_close", &[FD], INT4, "Closes a descriptor of a large object."),
    function(
        954,
        "loread",
        &[FD, ("len", INT4)],
        BYTEA,
        "Reads at most so many bytes from where the descriptor stands.",
    ),
    function(
        955,
        "lowrite",
        &[FD, ("data", BYTEA)],
        INT4,
        "Writes bytes where the descriptor stands; gives how many were written.",
    ),
    function(
        956,
        "lo_lseek",
        &[FD, ("offset", INT4), ("whence", INT4)],
        INT4,
        "Moves a descriptor: whence is 0 from the beginning, 1 from where it is, 2 from the end. Gives the new place.",
    ),
    function(
        957,
        "lo_creat",
        &[("mode", INT4)],
        OID,
        "Makes a large object; gives its oid. The mode has no effect any more.",
    ),
    function(958, "lo_tell", &[FD], INT4, "Gives the place where a descriptor stands."),
    function(964, "lo_unlink", &[LOID], INT4, "Removes a large object; gives 1."),
    function(
        1004,
        "lo_truncate",
        &[FD, ("len", INT4)],
        INT4,
        "Makes a large object so long: cuts it, or fills it with zeros.",
    ),
    function(
        3170,
        "lo_lseek64",
        &[FD, ("offset", INT8), ("whence", INT4)],
        INT8,
        "Moves a descriptor, in objects of more than 2 GB too: see lo_lseek.",
    ),
    function(3171, "lo_tell64", &[FD], INT8, "Gives the place where a descriptor stands, behind 2 GB too."),
    function(
        3172,
        "lo_truncate64",
        &[FD, ("len", INT8)],
        INT4,
        "Makes a large object so long, more than 2 GB too: see lo_truncate.",
    ),
    function(
        3457,
        "lo_from_bytea",
        &[LOID, ("data", BYTEA)],
        OID,
        "Makes a large object of these bytes, with this oid or with any if it is 0; gives its oid.",
    ),
    function(3458, "lo_get", &[LOID], BYTEA, "Gives a whole large object."),
    function(
        3459,
        "lo_get",
        &[LOID, ("offset", INT8), ("length", INT4)],
        BYTEA,
        "Gives so many bytes of a large object, from an offset on.",
    ),
    function(
        3460,
        "lo_put",
        &[LOID, ("offset", INT8), ("data", BYTEA)],
        VOID,
        "Writes bytes into a large object, from an offset on.",
    ),
];

/// The function with this oid, if it is one of them.
pub fn function_of(oid: u32) -> Option<&'static Function> {
    let at = FUNCTIONS.binary_search_by_key(&oid, |function| function.oid).ok()?;
    FUNCTIONS.get(at)
}
