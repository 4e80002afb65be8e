//! Points and what is made of them.

use super::numbers::float8;
use super::oid;
use super::reader::Reader;

pub(super) fn shape(oid: u32, reader: &mut Reader<'_>) -> Option<String> {
    Some(match oid {
        oid::POINT => point(reader)?,
        oid::LSEG => format!("[{}]", points(reader, 2)?),
        oid::BOX => points(reader, 2)?,
        oid::LINE => format!("{{{}}}", [float(reader)?, float(reader)?, float(reader)?].join(",")),
        oid::CIRCLE => format!("<{},{}>", point(reader)?, float(reader)?),
        oid::POLYGON => {
            let count = reader.i32()?;
            format!("({})", points(reader, count)?)
        }
        oid::PATH => path(reader)?,
        _ => return None,
    })
}

fn path(reader: &mut Reader<'_>) -> Option<String> {
    let is_closed = reader.u8()? != 0;
    let count = reader.i32()?;
    let points = points(reader, count)?;
    Some(if is_closed { format!("({points})") } else { format!("[{points}]") })
}

fn float(reader: &mut Reader<'_>) -> Option<String> {
    reader.f64().map(float8)
}

fn point(reader: &mut Reader<'_>) -> Option<String> {
    Some(format!("({},{})", float(reader)?, float(reader)?))
}

fn points(reader: &mut Reader<'_>, count: i32) -> Option<String> {
    let points: Vec<String> = (0..count).map(|_| point(reader)).collect::<Option<_>>()?;
    Some(points.join(","))
}
