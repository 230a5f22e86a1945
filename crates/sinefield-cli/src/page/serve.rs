//! A server of the page for this machine alone: one request a connection, one thread a connection.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use include_dir::{Dir, include_dir};

use super::request::Request;
use crate::console;
use crate::failure::Failure;

/// The files of the page.
static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");
/// Sent with everything. The page may use threads, and shows itself and its file alone.
const HEADERS: &str = "\
Cross-Origin-Opener-Policy: same-origin\r
Cross-Origin-Embedder-Policy: require-corp\r
Cross-Origin-Resource-Policy: same-origin\r
X-Content-Type-Options: nosniff\r
Cache-Control: no-store\r
Connection: close\r
";
/// The longest head of a request, and the most headers in it.
const MOST: (usize, usize) = (1 << 14, 64);
/// How long a browser may take to send a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the page on `port`, or on a free one for 0, and prints its address.
pub fn serve(port: u16, request: &Request) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        let what = format!("port {port} cannot be used ({error}); leave `--port` out for a free one");
        Failure::fault("page", what)
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    console::print(&format!("http://127.0.0.1:{port}/{query}"))?;
    console::note("The page is served until you press Ctrl-C.");
    thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            // A browser that has gone away is no fault of ours.
            scope.spawn(move || answer(stream, port, request).ok());
        }
    });
    Ok(())
}

/// What is sent: the status, the content type and the bytes.
type Answer<'a> = (&'static str, &'static str, &'a [u8]);

fn answer(mut stream: TcpStream, port: u16, request: &Request) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Some(head) = head(&mut stream)? else { return Ok(()) };
    let mut headers = [httparse::EMPTY_HEADER; MOST.1];
    let mut asked = httparse::Request::new(&mut headers);
    let is_whole = asked.parse(&head).is_ok_and(|status| status.is_complete());
    let (status, kind, bytes) =
        if is_whole { found(&asked, port, request) } else { refused("400 Bad Request") };
    let length = bytes.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{HEADERS}\r\n")?;
    if asked.method != Some("HEAD") {
        stream.write_all(bytes)?;
    }
    stream.flush()
}

/// The head of a request, up to its empty line. `None` if it ends before that, or is too long.
fn head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while head.len() < MOST.0 {
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Ok(None);
        }
        head.extend_from_slice(&part[..count]);
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

fn found<'a>(asked: &httparse::Request<'_, '_>, port: u16, request: &'a Request) -> Answer<'a> {
    // Another site whose name leads to this machine must not read the file.
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let host = asked.headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"));
    if !host.is_some_and(|host| hosts.iter().any(|own| host.value == own.as_bytes())) {
        return refused("403 Forbidden");
    }
    if !matches!(asked.method, Some("GET" | "HEAD")) {
        return refused("405 Method Not Allowed");
    }
    let path = asked.path.unwrap_or_default().split('?').next().unwrap_or_default().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let file = request.file.as_ref().filter(|_| path.starts_with("file/")).map(|(_, bytes)| bytes.as_slice());
    match file.or_else(|| PAGE.get_file(path).map(|file| file.contents())) {
        Some(bytes) => ("200 OK", kind(path), bytes),
        None => refused("404 Not Found"),
    }
}

fn refused<'a>(status: &'static str) -> Answer<'a> {
    (status, "text/plain", status.as_bytes())
}

/// The content type of a file.
fn kind(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
