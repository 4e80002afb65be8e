//! A small server of static files on this machine alone, as strict as a good host: right types, the
//! Content-Security-Policy, validation of what keeps its name, and for ever what carries a hash.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Arguments;
use crate::hashes::{digest, is_hashed};
use crate::run::{Outcome, Problem};
use crate::site::{self, CONTENT_SECURITY_POLICY, DIST};

const PORT: u16 = 8432;

/// Builds the site and serves it. Hidden, for the tests: `--no-build`, `--root FOLDER`.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let port = arguments.number("--port", PORT)?;
    let root = arguments.option("--root")?;
    let is_built = arguments.flag("--no-build") || root.is_some();
    arguments.end()?;
    if !is_built {
        site::page()?;
    } else if root.is_none() {
        site::built()?;
    }
    let elements = (!is_built).then_some(|| {
        if let Err(problem) = site::elements() {
            eprintln!("The elements for other pages could not be built: {problem}");
        }
    });
    serve(Path::new(root.as_deref().unwrap_or(DIST)), port, elements)
}

/// Serves a folder. `meanwhile` is done beside it: who looks at the page need not wait for it.
fn serve(root: &Path, port: u16, meanwhile: Option<impl FnOnce() + Send + 'static>) -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| Problem(format!("Port {port} cannot be used ({error}). Try another: --port N")))?;
    println!("Serving http://{}/ (end with Ctrl-C)", listener.local_addr()?);
    if let Some(meanwhile) = meanwhile {
        println!("Meanwhile the elements for other pages are built, which takes minutes the first time.");
        std::thread::spawn(meanwhile);
    }
    for stream in listener.incoming() {
        let root = root.to_owned();
        std::thread::spawn(move || stream.and_then(|stream| answer(&stream, &root)));
    }
    Ok(())
}

fn answer(mut stream: &TcpStream, root: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let Some(request) = Request::read(stream)? else { return Ok(()) };
    let response = respond(&request, root);
    // A 304 has no body, and its length would be taken for the file's.
    let length = match response.body.len() {
        0 => String::new(),
        length => format!("Content-Length: {length}\r\n"),
    };
    let head = format!("HTTP/1.1 {}\r\n{}{length}Connection: close\r\n\r\n", response.status, response.headers);
    stream.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&response.body)?;
    }
    stream.flush()
}

struct Request {
    method: String,
    path: String,
    /// What the browser has already: the `If-None-Match` header.
    known: String,
}

impl Request {
    fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
        let mut lines = BufReader::new(stream.take(64 * 1024)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
        let mut known = String::new();
        for line in lines {
            let line = line?;
            match line.split_once(':') {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("if-none-match") => known = value.trim().to_owned(),
                Some(_) => {}
            }
        }
        Ok(Some(Request { method: method.to_owned(), path, known }))
    }
}

struct Response {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    fn plain(status: &'static str) -> Self {
        let headers = "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n".to_owned();
        Response { status, headers, body: status.into() }
    }
}

fn respond(request: &Request, root: &Path) -> Response {
    if !["GET", "HEAD"].contains(&request.method.as_str()) {
        return Response::plain("405 Method Not Allowed");
    }
    let Some(mut file) = within(root, &request.path) else { return Response::plain("400 Bad Request") };
    if file.is_dir() {
        if !request.path.ends_with('/') {
            let mut response = Response::plain("301 Moved Permanently");
            response.headers.push_str(&format!("Location: {}/\r\n", request.path));
            return response;
        }
        file.push("index.html");
    }
    let Ok(body) = std::fs::read(&file) else { return Response::plain("404 Not Found") };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let tag = format!("\"{}\"", digest(&body));
    let headers = headers(&name, &tag);
    if request.known == tag {
        return Response { status: "304 Not Modified", headers, body: Vec::new() };
    }
    Response { status: "200 OK", headers, body }
}

fn headers(name: &str, tag: &str) -> String {
    let caching = if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
    format!(
        "Content-Type: {}\r\nCache-Control: {caching}\r\nETag: {tag}\r\nContent-Security-Policy: {CONTENT_SECURITY_POLICY}\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n",
        media_type(name)
    )
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt" | "md" | "hex" | "trace") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The file that an address means, if it means one inside the root.
fn within(root: &Path, path: &str) -> Option<PathBuf> {
    let path = decoded(path)?;
    let mut file = root.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == ".." || part == "." || part.contains(['\\', ':', '\0']) {
            return None;
        }
        file.push(part);
    }
    Some(file)
}

/// Undoes `%20` and the like.
fn decoded(path: &str) -> Option<String> {
    let mut pieces = path.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_out_of_the_root() {
        let root = Path::new("site");
        assert_eq!(within(root, "/a%20b/c.js"), Some(root.join("a b").join("c.js")));
        for path in ["/../x", "/a/%2e%2e/%2e%2e/x", "/c:/x", "/%zz", "/%e2%82"] {
            assert_eq!(within(root, path), None, "{path}");
        }
    }

    #[test]
    fn only_hashed_names_are_kept_unasked() {
        assert!(headers("pgscope.js", "").contains("Cache-Control: no-cache\r\n"));
        assert!(headers("index.html", "").contains("Cache-Control: no-cache\r\n"));
        assert!(headers("tokens-0123456789abcdef.css", "").contains("immutable"));
    }
}
