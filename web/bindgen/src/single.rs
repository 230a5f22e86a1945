//! The page as one HTML file, which a browser opens from a folder.
//!
//! A browser loads no modules from `file://`. The file therefore holds every other file of the page as JSON, and `loader.js` makes
//! modules of them.

use std::error::Error;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

/// What the page may do: run what it holds, and load nothing.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' blob: 'wasm-unsafe-eval'; worker-src blob:; \
    style-src 'unsafe-inline'; img-src blob: data:; connect-src blob:; media-src blob:; base-uri 'none'";

/// What the page says where it cannot start, and the file can.
const ADVICE: &str = " If you opened it from a folder, open sinefield.html instead.";

/// The text of the file for the page in `folder`, or none if every bundle there has threads: those need a host.
pub fn page(folder: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let mut files = Map::new();
    collect(folder, "", &mut files)?;
    if !files.keys().any(|name| name.ends_with(".wasm")) {
        return Ok(None);
    }
    let mut html = fs::read_to_string(folder.join("index.html"))?;
    for style in ["style.css", "panels.css"] {
        let text = fs::read_to_string(folder.join(style))?;
        replace(&mut html, &format!("<link rel=\"stylesheet\" href=\"{style}\">"), &format!("<style>\n{text}</style>"))?;
    }
    let icon = BASE64_STANDARD.encode(fs::read(folder.join("icon.svg"))?);
    replace(&mut html, "href=\"icon.svg\"", &format!("href=\"data:image/svg+xml;base64,{icon}\""))?;
    let policy = html.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
    let policy = policy.ok_or("index.html has no policy")?.to_string();
    replace(&mut html, &policy, POLICY)?;
    replace(&mut html, "<script type=\"module\" src=\"main.js\"></script>\n", "")?;
    replace(&mut html, ADVICE, "")?;
    // No text of a script may hold "</script" or "<!--".
    let files = Value::Object(files).to_string().replace('<', "\\u003c");
    let scripts = format!(
        "<script type=\"application/json\" id=\"files\">{files}</script>\n<script>\n{}</script>\n</body>",
        include_str!("loader.js")
    );
    replace(&mut html, "</body>", &scripts)?;
    Ok(Some(html))
}

/// Adds the files that modules name, with their paths below `folder`, except those of threads.
fn collect(folder: &Path, prefix: &str, files: &mut Map<String, Value>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if name == "thread-worker.js" || (name.starts_with("engine/") && name.ends_with("-threads")) {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
            continue;
        }
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("js") => "text/javascript",
            Some("wasm") => "application/wasm",
            Some("png") => "image/png",
            _ => continue,
        };
        let file = match kind {
            "text/javascript" => json!({ "type": kind, "text": fs::read_to_string(&path)? }),
            _ => json!({ "type": kind, "base64": BASE64_STANDARD.encode(fs::read(&path)?) }),
        };
        files.insert(name, file);
    }
    Ok(())
}

fn replace(html: &mut String, what: &str, by: &str) -> Result<(), Box<dyn Error>> {
    if !html.contains(what) {
        return Err(format!("index.html has no {what:?}").into());
    }
    *html = html.replacen(what, by, 1);
    Ok(())
}
