//! Addresses of networks, and geometry.

use crate::schema::*;

const NETWORK: Section = Section::new("Network Address Types", "datatype-net-types.html");
const GEOMETRY: Section = Section::new("Geometric Types", "datatype-geometric.html");

/// Addresses and networks.
pub static INET: Message = value_type(
    message(
        "inet",
        "inet",
        "An address of IPv4 or IPv6 with its netmask, or a network (cidr): both types are written alike.",
    ),
    "PostgreSQL 7.4",
    NETWORK,
    &[
        coded(
            "family",
            "address family",
            Width::One,
            &[code(2, "IPv4", "Four bytes of address."), code(3, "IPv6", "Sixteen bytes of address.")],
            Unlisted::Wrong,
            "2 for IPv4, 3 for IPv6. PostgreSQL's own numbers: AF_INET6 is 10, 28 or 30 on other systems, and a driver that sends those is told “invalid address family”.",
        ),
        int(
            "mask",
            "mask bits",
            Width::One,
            Show::Unsigned,
            "How many bits name the network: 32 or 128 for a single host. An inet of a single host is printed without it.",
        ),
        coded(
            "is_cidr",
            "is a cidr",
            Width::One,
            &[code(0, "inet", "An address."), code(1, "cidr", "A network: all bits behind the mask are zero.")],
            Unlisted::Future,
            "Whether the type is cidr. A receiver knows that already and does not look at it.",
        ),
        field(
            "length",
            "address length",
            Kind::Int(Width::One, Show::Unsigned),
            Role::Length,
            "How many bytes the address has: 4 or 16, as the family says already.",
        ),
        rest(
            "address",
            "address",
            Inside::Opaque,
            "The address in network order. In a cidr the bits behind the mask must be zero, or the server says “invalid external \"cidr\" value”.",
        ),
    ],
    b"\x02\x18\0\x04\xc0\xa8\x01\x05",
);

/// Addresses of network cards.
pub static MACADDR: Message = value_type(
    message("macaddr", "macaddr", "The address of a network card (EUI-48), in six bytes."),
    "always",
    NETWORK,
    &[field(
        "value",
        "address",
        Kind::Fixed(6, Inside::Opaque),
        Role::Value,
        "The six bytes, in the order in which they are printed.",
    )],
    b"\x08\0\x2b\x01\x02\x03",
);

/// Longer ones.
pub static MACADDR8: Message = value_type(
    message(
        "macaddr8",
        "macaddr8",
        "The address of a network card in eight bytes (EUI-64). A server takes six too, and puts ff fe into the middle, as the standard says.",
    ),
    "PostgreSQL 10",
    NETWORK,
    &[rest("value", "address", Inside::Opaque, "Eight bytes, in the order in which they are printed.")],
    b"\x08\0\x2b\xff\xfe\x01\x02\x03",
);

const fn float(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    int(id, name, Width::Eight, Show::Float, doc)
}

const X: Field = float("x", "x", "The first coordinate, a float8.");
const Y: Field = float("y", "y", "The second coordinate, a float8.");

/// A point.
pub static POINT: Message = value_type(
    message("point", "point", "A point of the plane: two floating-point numbers, without a word about their unit."),
    "always",
    GEOMETRY,
    &[X, Y],
    b"\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0",
);

/// A line without ends.
pub static LINE: Message = value_type(
    message("line_type", "line", "A straight line without ends: all points for which A x + B y + C is zero."),
    "PostgreSQL 9.4",
    Section::new("Lines", "datatype-geometric.html#DATATYPE-LINE"),
    &[
        float(
            "a",
            "A",
            "The factor of x. A and B must not both be zero, or the server says “invalid line specification”.",
        ),
        float("b", "B", "The factor of y: -1 where the line is not upright and came from two points."),
        float("c", "C", "What is added: the line goes through the origin where it is 0."),
    ],
    b"\x3f\xf0\0\0\0\0\0\0\xbf\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
);

/// A line from point to point.
pub static LSEG: Message = value_type(
    message("lseg", "lseg", "A line segment between two points."),
    "always",
    GEOMETRY,
    &[
        group("start", "start", &[X, Y], "Where it begins."),
        group("end", "end", &[X, Y], "Where it ends. It may be the same point."),
    ],
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0",
);

/// A rectangle.
pub static BOX: Message = value_type(
    message(
        "box",
        "box",
        "A rectangle, as two opposite corners. In the text of an array boxes are parted by semicolons, since they hold commas; in binary nothing is special.",
    ),
    "always",
    GEOMETRY,
    &[
        group(
            "high",
            "upper right corner",
            &[X, Y],
            "The corner with the larger coordinates. A server that receives corners the other way round puts them right.",
        ),
        group("low", "lower left corner", &[X, Y], "The corner with the smaller coordinates."),
    ],
    b"\x3f\xf0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
);

const POINTS: Field = counted(
    "points",
    "points",
    &count(
        "point count",
        Width::Four,
        "How many points follow: one at least, or the server says “invalid number of points”.",
    ),
    &group("point", "point", &[X, Y], "One point."),
    "The points, in the order in which they are joined.",
);

/// Points that are joined.
pub static PATH: Message = value_type(
    message("path", "path", "Points that are joined by lines, open or closed."),
    "always",
    GEOMETRY,
    &[
        coded(
            "closed",
            "closed",
            Width::One,
            &[
                code(0, "open", "The last point is not joined with the first. It is printed in square brackets."),
                code(1, "closed", "The last point is joined with the first. It is printed in parentheses."),
            ],
            Unlisted::Future,
            "Whether the last point is joined with the first. Any byte but 0 means that it is.",
        ),
        POINTS,
    ],
    b"\0\0\0\0\x01\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0",
);

/// An area.
pub static POLYGON: Message = value_type(
    message(
        "polygon",
        "polygon",
        "An area with corners. It is written like a path without the first byte, since it is always closed; the box around it is worked out by the receiver.",
    ),
    "always",
    GEOMETRY,
    &[POINTS],
    b"\0\0\0\x01\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0",
);

/// A circle.
pub static CIRCLE: Message = value_type(
    message("circle", "circle", "A circle, as its centre and its radius."),
    "always",
    GEOMETRY,
    &[
        group("center", "center", &[X, Y], "The point in the middle."),
        float("radius", "radius", "How far the circle is from its centre. A negative one is refused."),
    ],
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0",
);
