//! The rows of COPY, written and read: text, CSV, and the binary format with its signature and trailer.

use crate::report::Report;
use crate::world::{Column, CopyForm};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// The payloads of CopyData for some rows, as a server cuts them: one a row, the header with the first, the trailer alone.
pub(crate) fn write(columns: &[Column], rows: &[Vec<Option<String>>], form: CopyForm) -> Result<Vec<Vec<u8>>, Report> {
    if form != CopyForm::Binary {
        return Ok(rows.iter().map(|row| line(row, form).into_bytes()).collect());
    }
    let mut payloads = vec![[SIGNATURE, &[0; 8]].concat()];
    for (number, row) in rows.iter().enumerate() {
        let tuple = tuple(columns, row)?;
        match payloads.last_mut() {
            Some(header) if number == 0 => header.extend_from_slice(&tuple),
            _ => payloads.push(tuple),
        }
    }
    payloads.push((-1i16).to_be_bytes().to_vec());
    Ok(payloads)
}

fn tuple(columns: &[Column], row: &[Option<String>]) -> Result<Vec<u8>, Report> {
    let mut bytes = (columns.len() as u16).to_be_bytes().to_vec();
    for (column, value) in columns.iter().zip(row) {
        let Some(value) = value else {
            bytes.extend_from_slice(&(-1i32).to_be_bytes());
            continue;
        };
        let value = column.of.to_binary(value)?;
        bytes.extend_from_slice(&(value.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&value);
    }
    Ok(bytes)
}

fn line(row: &[Option<String>], form: CopyForm) -> String {
    let values = row.iter().map(|value| match (value, form) {
        (None, CopyForm::Csv) => String::new(),
        (None, _) => "\\N".to_owned(),
        (Some(value), CopyForm::Csv) if value.is_empty() || value.contains([',', '"', '\n']) => {
            format!("\"{}\"", value.replace('"', "\"\""))
        }
        (Some(value), CopyForm::Csv) => value.clone(),
        (Some(value), _) => value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"),
    });
    let divider = if form == CopyForm::Csv { "," } else { "\t" };
    values.collect::<Vec<_>>().join(divider) + "\n"
}

/// How far the reading of a binary COPY is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BinaryRows {
    /// The header has not come.
    #[default]
    Header,
    /// Rows come.
    Rows,
    /// The trailer came.
    Ended,
}

impl BinaryRows {
    /// Takes as much of `data` as is whole, and counts rows.
    pub(crate) fn take(&mut self, data: &mut Vec<u8>, columns: &[Column]) -> Result<usize, Report> {
        let mut rows = 0;
        loop {
            let used = match self {
                BinaryRows::Header => self.header(data)?,
                BinaryRows::Rows => self.row(data, columns, &mut rows)?,
                BinaryRows::Ended if data.is_empty() => None,
                BinaryRows::Ended => return Err(Report::error("22P04", "received copy data after EOF marker")),
            };
            let Some(used) = used else { return Ok(rows) };
            data.drain(..used);
        }
    }

    fn header(&mut self, data: &[u8]) -> Result<Option<usize>, Report> {
        let Some(signature) = data.get(..SIGNATURE.len()) else { return Ok(None) };
        if signature != SIGNATURE {
            return Err(Report::error("22P04", "COPY file signature not recognized"));
        }
        let (Some(flags), Some(extension)) = (int4(data, 11), int4(data, 15)) else { return Ok(None) };
        if flags & (1 << 16) != 0 {
            return Err(Report::error("22P04", "invalid COPY file header (WITH OIDS)"));
        }
        if flags as u32 >> 16 != 0 {
            return Err(Report::error("22P04", "unrecognized critical flags in COPY file header"));
        }
        let Ok(extension) = usize::try_from(extension) else {
            return Err(Report::error("22P04", "invalid COPY file header (missing length)"));
        };
        if data.len() < 19 + extension {
            return Ok(None);
        }
        *self = BinaryRows::Rows;
        Ok(Some(19 + extension))
    }

    fn row(&mut self, data: &[u8], columns: &[Column], rows: &mut usize) -> Result<Option<usize>, Report> {
        let Some(count) = data.get(..2).map(|bytes| bytes.iter().fold(0u16, |n, byte| (n << 8) | u16::from(*byte)))
        else {
            return Ok(None);
        };
        if count == u16::MAX {
            *self = BinaryRows::Ended;
            return Ok(Some(2));
        }
        if usize::from(count) != columns.len() {
            let (found, expected) = (count as i16, columns.len());
            return Err(Report::error("22P04", format!("row field count is {found}, expected {expected}")));
        }
        let mut at = 2;
        for column in columns {
            let Some(length) = int4(data, at) else { return Ok(None) };
            at += 4;
            if length == -1 {
                continue;
            }
            let Ok(length) = usize::try_from(length) else {
                return Err(Report::error("22P04", "invalid field size"));
            };
            let Some(value) = data.get(at..at + length) else { return Ok(None) };
            column.of.of_binary(value, || Report::error("22P03", "incorrect binary data format"))?;
            at += length;
        }
        *rows += 1;
        Ok(Some(at))
    }

    /// The client said CopyDone with this left over.
    pub(crate) fn end(self, left: &[u8]) -> Result<(), Report> {
        match self {
            BinaryRows::Header => Err(Report::error("22P04", "COPY file signature not recognized")),
            _ if left.is_empty() => Ok(()),
            _ => Err(Report::error("22P04", "unexpected EOF in COPY data")),
        }
    }
}

fn int4(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}
