//! Shortens the names by which a WebAssembly module and its script find each other. wasm-bindgen writes
//! `__wbg_addEventListener_8176dab41b09531c`, in both; nobody else reads them. What the module gives to the script alone, how closures are
//! called, has such names, too.

use crate::run::{Outcome, Problem};

/// What the module from which wasm-bindgen's modules import is called instead.
const SHORT: &str = "w";
/// The numbers of the sections with imports and exports.
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// How the exports begin that the script alone wants.
const CLOSURE: &[u8] = b"wasm_bindgen__convert__closures_";
const HEAD: usize = 8;

/// The module of this name and its script with short names.
pub(crate) fn shortened(name: &str, wasm: &[u8], script: &str) -> Outcome<(Vec<u8>, String)> {
    let broken = || Problem(format!("The WebAssembly of {name} has no list of imports that can be read."));
    let from = format!("./{name}_bg.js");
    let (module, names) = renamed(&from, wasm).ok_or_else(broken)?;
    let mut script = script.replace(&format!("\"{from}\""), &format!("\"{SHORT}\""));
    // The longest first: one may begin as another does.
    let mut order = names;
    order.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, short) in order {
        script = script.replace(&name, &short);
    }
    Ok((module, script))
}

/// Names, and what they are called instead.
type Names = Vec<(String, String)>;

/// What a name is called instead, which is noted.
fn short(name: &[u8], names: &mut Names) -> Option<String> {
    let short = format!("w{}", names.len());
    names.push((String::from_utf8(name.to_vec()).ok()?, short.clone()));
    Some(short)
}

/// The module, and the names that were shortened.
fn renamed(from: &str, wasm: &[u8]) -> Option<(Vec<u8>, Names)> {
    let mut bytes = Bytes { of: wasm, at: HEAD };
    let mut module = wasm.get(..HEAD)?.to_vec();
    let mut names = Names::new();
    while bytes.at < wasm.len() {
        let begin = bytes.at;
        let (id, length) = (bytes.take(1)?[0], bytes.number()?);
        let body = bytes.take(length)?;
        if id == IMPORTS {
            let imports = imports(from, body, &mut names)?;
            module.push(id);
            put_sized(&mut module, &imports);
        } else if id == EXPORTS {
            let exports = exports(body, &mut names)?;
            module.push(id);
            put_sized(&mut module, &exports);
        } else {
            module.extend(wasm.get(begin..bytes.at)?);
        }
    }
    Some((module, names))
}

fn imports(module: &str, body: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let mut bytes = Bytes { of: body, at: 0 };
    let count = bytes.number()?;
    let mut out = Vec::new();
    put_number(&mut out, count);
    for _ in 0..count {
        let (from, name) = (bytes.sized()?, bytes.sized()?);
        let description = bytes.description()?;
        if from == module.as_bytes() {
            put_sized(&mut out, SHORT.as_bytes());
            put_sized(&mut out, short(name, names)?.as_bytes());
        } else {
            put_sized(&mut out, from);
            put_sized(&mut out, name);
        }
        out.extend(description);
    }
    Some(out)
}

fn exports(body: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let mut bytes = Bytes { of: body, at: 0 };
    let count = bytes.number()?;
    let mut out = Vec::new();
    put_number(&mut out, count);
    for _ in 0..count {
        let name = bytes.sized()?;
        match name.starts_with(CLOSURE) {
            true => put_sized(&mut out, short(name, names)?.as_bytes()),
            false => put_sized(&mut out, name),
        }
        // What it is, and which.
        out.extend(bytes.take(1)?);
        put_number(&mut out, bytes.number()?);
    }
    Some(out)
}

struct Bytes<'a> {
    of: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.of.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    /// LEB128, seven bits a byte.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = usize::from(self.take(1)?[0]);
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    /// What is imported: a function, a table, a memory, a global.
    fn description(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        match self.take(1)?[0] {
            0 => drop(self.number()?),
            1 => {
                self.take(1)?;
                self.limits()?;
            }
            2 => self.limits()?,
            3 => drop(self.take(2)?),
            _ => return None,
        }
        self.of.get(begin..self.at)
    }

    fn limits(&mut self) -> Option<()> {
        let has_most = self.take(1)?[0] & 1 == 1;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Some(())
    }
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_on_both_sides() {
        let mut list = vec![3];
        for (from, name) in [("./a_bg.js", "__wbg_a_1"), ("env", "b"), ("./a_bg.js", "__wbg_a_10")] {
            put_sized(&mut list, from.as_bytes());
            put_sized(&mut list, name.as_bytes());
            list.extend([0, 0]);
        }
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.push(IMPORTS);
        put_sized(&mut wasm, &list);
        wasm.extend([5, 1, 0]);
        let closures =
            ["wasm_bindgen__convert__closures_____invoke__h1", "wasm_bindgen__convert__closures_____invoke__h1_3"];
        let mut list = vec![3];
        for (nth, name) in ["main", closures[0], closures[1]].into_iter().enumerate() {
            put_sized(&mut list, name.as_bytes());
            list.extend([0, nth as u8]);
        }
        wasm.push(EXPORTS);
        put_sized(&mut wasm, &list);
        let script =
            format!("{{ __wbg_a_1: 1, __wbg_a_10: 2 }}; \"./a_bg.js\"; wasm.{}(); wasm.{}()", closures[1], closures[0]);
        let (module, script) = shortened("a", &wasm, &script).unwrap();
        assert_eq!(script, "{ w0: 1, w1: 2 }; \"w\"; wasm.w3(); wasm.w2()");
        let (imported, exported) = module.split_at(8 + 2 + 23 + 3);
        assert_eq!(imported, b"\0asm\x01\0\0\0\x02\x17\x03\x01w\x02w0\0\0\x03env\x01b\0\0\x01w\x02w1\0\0\x05\x01\0");
        assert_eq!(exported, b"\x07\x12\x03\x04main\0\0\x02w2\0\x01\x02w3\0\x02");
        assert!(shortened("a", b"\0asm\x01\0\0\0\x02\x7f", "").is_err());
    }
}
