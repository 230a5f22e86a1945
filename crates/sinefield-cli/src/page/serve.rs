//! A server of the page for this machine alone.

use std::path::Path;

use include_dir::{Dir, include_dir};
use tiny_http::{Header, Method, Request as Asked, Response, Server};

use super::request::Request;
use crate::console;
use crate::failure::Failure;

/// The files of the page.
static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");
/// Sent with everything: the page may then use threads, and shows itself and its file alone.
const HEADERS: [(&str, &str); 5] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
];

/// Serves the page on `port`, or on a free one for 0, and prints its address.
pub fn serve(port: u16, request: &Request) -> Result<(), Failure> {
    let server = Server::http(("127.0.0.1", port)).map_err(|error| {
        Failure::fault(
            "page",
            format!("port {port} cannot be used ({error}); leave `--port` out for a free one"),
        )
    })?;
    let address = server.server_addr().to_string();
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    console::print(&format!("http://{address}/{query}"))?;
    console::note("The page is served until you press Ctrl-C.");
    for asked in server.incoming_requests() {
        // A browser that has gone away is no fault of ours.
        let _ = answer(asked, &address, request);
    }
    Ok(())
}

fn answer(asked: Asked, address: &str, request: &Request) -> std::io::Result<()> {
    // Another site whose name leads to this machine must not read the file.
    let port = address.rsplit(':').next().unwrap_or_default();
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let host = asked.headers().iter().find(|header| header.field.equiv("Host"));
    if !host.is_some_and(|host| hosts.iter().any(|own| host.value.as_str() == own)) {
        return asked.respond(Response::from_string("another host").with_status_code(403));
    }
    if !matches!(asked.method(), Method::Get | Method::Head) {
        return asked.respond(Response::from_string("only GET").with_status_code(405));
    }
    let path = asked.url().split('?').next().unwrap_or_default().trim_start_matches('/').to_string();
    let path = if path.is_empty() { "index.html" } else { path.as_str() };
    let file = request.file.as_ref().filter(|_| path.starts_with("file/")).map(|(_, bytes)| bytes.as_slice());
    match file.or_else(|| PAGE.get_file(path).map(|file| file.contents())) {
        Some(bytes) => {
            let mut response = Response::from_data(bytes);
            let own = HEADERS.iter().copied().chain([("Content-Type", kind(path))]);
            let headers = own.filter_map(|(name, value)| Header::from_bytes(name, value).ok());
            headers.for_each(|header| response.add_header(header));
            asked.respond(response)
        }
        None => asked.respond(Response::from_string("no such file").with_status_code(404)),
    }
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
