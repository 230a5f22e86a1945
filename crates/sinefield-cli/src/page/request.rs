//! What the page is to open: a field file, or the signal and the settings of a job.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use sinefield::form;
use sinefield_jobs::Job;

use super::Options;
use crate::failure::Failure;

/// Settings of a job that the page has under the same name.
const SETTINGS: [&str; 8] = ["activation", "hidden", "layers", "omega", "first_omega", "lr", "steps", "seed"];
/// The activation of jobs that is an encoding on the page.
const POSITIONAL: &str = "positional";

/// A file to open, and how.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "page"), expect(dead_code, reason = "without the page, files are only checked"))]
pub struct Request {
    /// The part of the address after `?`; empty without a file.
    pub query: String,
    /// The name under which the file is served, and its bytes.
    pub file: Option<(String, Vec<u8>)>,
}

impl Request {
    /// Reads and checks what the options name.
    pub fn read(options: &Options) -> Result<Self, Failure> {
        match (&options.field, &options.job) {
            (Some(path), _) => Self::field(path),
            (None, Some(path)) => Self::job(path),
            (None, None) => Ok(Self::default()),
        }
    }

    fn field(path: &Path) -> Result<Self, Failure> {
        let inputs = form::load(path)?.architecture().inputs;
        if !(1..=2).contains(&inputs) {
            let what =
                format!("has {inputs} coordinates; the page shows sounds and pictures, which have 1 and 2");
            return Err(Failure::fault(path.display(), what));
        }
        let file = named(path)?;
        Ok(Self { query: format!("field=file/{}", encoded(&file.0)), file: Some(file) })
    }

    fn job(path: &Path) -> Result<Self, Failure> {
        let fail = |error| Failure::in_file(&error, path);
        let Job::Fit(job) = Job::read(path).map_err(fail)? else {
            let what = "is not a job of the page; give a job that fits a picture or a sound";
            return Err(Failure::fault(path.display(), what));
        };
        let file = named(&job.signal)?;
        let all = serde_json::to_value(&job).unwrap_or_default();
        let mut settings: Map<String, Value> = SETTINGS
            .iter()
            .filter_map(|name| Some((name.to_string(), all.get(*name)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        if settings.get("activation").is_some_and(|name| name == POSITIONAL) {
            settings.insert("activation".into(), "relu".into());
            settings.insert("encoding".into(), POSITIONAL.into());
        }
        let settings = Value::Object(settings).to_string();
        let name = encoded(&file.0);
        let query = format!("source=file/{name}&name={name}&settings={}", encoded(&settings));
        Ok(Self { query, file: Some(file) })
    }
}

/// The name and the bytes of a file.
fn named(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let bytes = fs::read(path).map_err(|error| {
        Failure::fault(path.display(), format!("cannot be read ({error}); name a file that can"))
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok((name.to_string_lossy().into_owned(), bytes))
}

/// The text as a part of an address.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(each).collect()
}
