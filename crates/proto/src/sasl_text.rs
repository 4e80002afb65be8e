//! Where the parts of a SASL payload begin and end.
//!
//! ```text
//! n,,n=,r=rOprNGfwEbeRWgbN               SCRAM: header, then attributes with commas between them
//! n,,^Aauth=Bearer abc^A^A               OAUTHBEARER: header, then pairs with 01 between them
//! {"status":"invalid_token", …}          OAUTHBEARER: the server's answer
//! ```

use crate::Span;
use crate::messages::sasl::*;
use crate::schema::Field;

pub(crate) struct Part {
    pub(crate) field: &'static Field,
    pub(crate) span: Span,
    pub(crate) depth: u8,
}

const SEPARATOR_BYTE: u8 = 1;

/// Splits a payload; the parts tile it.
pub(crate) fn parts(payload: &[u8]) -> Vec<Part> {
    let mut split = Split { payload, at: 0, parts: Vec::new() };
    if payload.first() == Some(&b'{') {
        split.leaf(&JSON, payload.len());
        return split.parts;
    }
    split.gs2_header();
    if payload.contains(&SEPARATOR_BYTE) {
        split.all(SEPARATOR_BYTE, Split::pair);
    } else {
        split.all(b',', Split::attribute);
    }
    split.parts
}

struct Split<'a> {
    payload: &'a [u8],
    at: usize,
    parts: Vec<Part>,
}

impl Split<'_> {
    fn rest(&self) -> &[u8] {
        self.payload.get(self.at..).unwrap_or_default()
    }

    fn until(&self, separator: u8) -> usize {
        memchr::memchr(separator, self.rest()).unwrap_or(self.rest().len())
    }

    fn leaf(&mut self, field: &'static Field, length: usize) {
        self.leaf_at(field, length, 0);
    }

    fn leaf_at(&mut self, field: &'static Field, length: usize, depth: u8) {
        if length > 0 {
            self.parts.push(Part { field, span: Span::new(self.at, self.at + length), depth });
            self.at += length;
        }
    }

    /// `n,,` or `p=tls-server-end-point,,`, before the first attribute of a client's first message.
    fn gs2_header(&mut self) {
        let flag = self.until(b',');
        let is_flag = matches!(self.rest().get(..flag), Some(b"n" | b"y")) || self.rest().starts_with(b"p=tls-");
        if !is_flag || self.rest().get(flag) != Some(&b',') {
            return;
        }
        self.leaf(&GS2_FLAG, flag);
        self.leaf(&SEPARATOR, 1);
        if self.rest().first() == Some(&b',') || self.rest().starts_with(b"a=") {
            self.leaf(&AUTHZID, self.until(b','));
            self.leaf(&SEPARATOR, 1.min(self.rest().len()));
        }
    }

    fn all(&mut self, separator: u8, part: fn(&mut Self, usize)) {
        while self.at < self.payload.len() {
            let length = self.until(separator);
            if length > 0 {
                part(self, length);
            }
            self.leaf(&SEPARATOR, 1.min(self.rest().len()));
        }
    }

    fn attribute(&mut self, length: usize) {
        let letter = self.rest().first().copied().unwrap_or_default();
        if self.rest().get(1) != Some(&b'=') || !letter.is_ascii_alphabetic() {
            return self.leaf(&OTHER, length);
        }
        let known = ATTRIBUTES.iter().find(|attribute| attribute.letter == letter).unwrap_or(&UNKNOWN_ATTRIBUTE);
        self.named(&known.field, &known.value, &ATTRIBUTE_NAME, 2, length);
    }

    fn pair(&mut self, length: usize) {
        let Some(equals) = self.rest().get(..length).and_then(|pair| memchr::memchr(b'=', pair)) else {
            return self.leaf(&OTHER, length);
        };
        let name = self.rest().get(..equals).unwrap_or_default();
        let (field, value) = PAIRS
            .iter()
            .find(|(known, ..)| *known == name)
            .map_or((&UNKNOWN_PAIR.0, &UNKNOWN_PAIR.1), |(_, field, value)| (field, value));
        self.named(field, value, &PAIR_NAME, equals + 1, length);
    }

    fn named(
        &mut self,
        field: &'static Field,
        value: &'static Field,
        name: &'static Field,
        name_length: usize,
        length: usize,
    ) {
        self.parts.push(Part { field, span: Span::new(self.at, self.at + length), depth: 0 });
        self.leaf_at(name, name_length, 1);
        self.leaf_at(value, length - name_length, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payload: &str, expected: &str) {
        let shown: Vec<String> = parts(payload.as_bytes())
            .iter()
            .map(|part| format!("{}:{}", part.field.id, String::from_utf8_lossy(part.span.of(payload.as_bytes()))))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn payloads_split_into_named_parts() {
        check(
            "n,,n=,r=ab",
            "gs2_flag:n separator:, separator:, user:n= name:n= separator:, nonce:r=ab name:r= value:ab",
        );
        check(
            "r=ab,s=eA==,i=4096",
            "nonce:r=ab name:r= value:ab separator:, salt:s=eA== name:s= value:eA== separator:, iterations:i=4096 name:i= value:4096",
        );
        check(
            "p=tls-server-end-point,,r=x",
            "gs2_flag:p=tls-server-end-point separator:, separator:, nonce:r=x name:r= value:x",
        );
        check(
            "n,,\u{1}auth=Bearer x\u{1}\u{1}",
            "gs2_flag:n separator:, separator:, separator:\u{1} auth:auth=Bearer x name:auth= value:Bearer x separator:\u{1} separator:\u{1}",
        );
        check("\u{1}", "separator:\u{1}");
        check("{\"a\":1}", "json:{\"a\":1}");
        check("z=1,q", "attribute:z=1 name:z= value:1 separator:, text:q");
        check("", "");
    }
}
