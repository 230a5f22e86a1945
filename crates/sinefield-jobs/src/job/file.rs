//! A job in a TOML or JSON file, with one entry for each setting. The entries have the usual names of the settings.
//!
//! ```toml
//! job = "fit"
//! signal = "clip.wav"              # paths are named from the file's folder
//! output = "clip.safetensors"
//! steps = 600
//! ```

use std::path::Path;

use serde_json::{Map, Value};
use sinefield::problem::file::{FileFault, Place};
use toml::de::DeTable;

use super::{Job, NAMES};
use crate::{JobError, texts};

/// The version of job files that this program supports.
const VERSION: u64 = 1;
/// The jobs that fit fields. A program can take the fields from the report.
const FITS: [&str; 5] = ["fit", "reconstruct", "blend", "clone", "solve"];
/// The smallest similarity, from 0 to 1, at which one name counts as a misspelling of another.
const ALIKE: f64 = 0.8;

/// A fault in the entries of a job, and the entry at fault.
#[derive(Clone, Debug, PartialEq)]
struct Wrong {
    entry: Option<String>,
    what: String,
}

impl Wrong {
    fn at(entry: &str, what: impl Into<String>) -> Self {
        Self { entry: Some(entry.into()), what: what.into() }
    }
}

impl Job {
    /// Reads the job in the file `path`, JSON if its name ends in `.json` and TOML otherwise. Relative paths in it are
    /// taken from the file's folder.
    ///
    /// # Errors
    /// If the file cannot be read, is of a later version, or an entry is unknown, missing or of the wrong type.
    pub fn read(path: &Path) -> Result<Self, JobError> {
        let text = texts::read(path, "job file")?;
        let is_json = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("json"));
        let read = if is_json { Self::from_json(&text) } else { Self::from_toml(&text) };
        let mut job = read.map_err(|fault| JobError::Text { path: path.into(), fault: Box::new(fault) })?;
        job.rebase(path.parent().unwrap_or(Path::new("")));
        Ok(job)
    }

    /// The job in a TOML text.
    ///
    /// # Errors
    /// As [`Job::read`], with the place of the fault.
    pub fn from_toml(text: &str) -> Result<Self, FileFault> {
        let wrong = |error: toml::de::Error| FileFault {
            what: format!("{}; correct the job file", error.message().replace('\n', ", ")),
            place: error.span().map(|span| Place::new(text, span)),
        };
        let spans = DeTable::parse(text).map_err(wrong)?;
        let table: toml::Table = toml::from_str(text).map_err(wrong)?;
        let entries = serde_json::to_value(table).map_err(|error| without_place(error.to_string()))?;
        Self::from_object(entries, &[]).map_err(|Wrong { entry, what }| {
            let entry = entry.and_then(|entry| spans.get_ref().get_key_value(entry.as_str()));
            let span = entry.map(|(name, value)| name.span().start..value.span().end);
            FileFault { what, place: span.map(|span| Place::new(text, span)) }
        })
    }

    /// The job in a JSON text.
    ///
    /// # Errors
    /// As [`Job::read`].
    pub fn from_json(text: &str) -> Result<Self, FileFault> {
        let entries: Value =
            serde_json::from_str(text).map_err(|error| without_place(format!("is no JSON ({error})")))?;
        Self::from_object(entries, &[]).map_err(placeless)
    }

    /// The job with the entries of a JSON object, for programs. Jobs that fit fields may omit `output`.
    ///
    /// # Errors
    /// If an entry is unknown, missing or of the wrong type.
    pub fn from_value(entries: Value) -> Result<Self, FileFault> {
        Self::from_object(entries, &FITS).map_err(placeless)
    }

    /// The job with these entries. Jobs in `kept` may omit `output`, because their fields are kept in memory.
    fn from_object(entries: Value, kept: &[&str]) -> Result<Self, Wrong> {
        let Value::Object(mut entries) = entries else {
            return Err(Wrong { entry: None, what: "is no table of settings; give one".into() });
        };
        version(entries.remove("version"))?;
        check(&entries, kept)?;
        serde_json::from_value(Value::Object(entries.clone())).map_err(|error| blame(&entries, &error))
    }
}

fn placeless(Wrong { entry, what }: Wrong) -> FileFault {
    let entry = entry.map_or(String::new(), |entry| format!("`{entry}`: "));
    without_place(format!("{entry}{what}"))
}

fn without_place(what: String) -> FileFault {
    FileFault { what, place: None }
}

/// Refuses a job of a later or invalid version.
fn version(entry: Option<Value>) -> Result<(), Wrong> {
    let Some(found) = entry else { return Ok(()) };
    match found.as_u64() {
        Some(VERSION) => Ok(()),
        Some(later) if later > VERSION => {
            let what = format!(
                "the job is of version {later}, and this program reads version {VERSION}; get a newer sinefield"
            );
            Err(Wrong::at("version", what))
        }
        _ => Err(Wrong::at("version", format!("{found} is no version; give {VERSION}, or leave it out"))),
    }
}

/// Checks that the job exists, that all entries are settings and not null, and that no required setting is missing.
fn check(entries: &Map<String, Value>, kept: &[&str]) -> Result<(), Wrong> {
    let all = || NAMES.join(", ");
    let job = match entries.get("job") {
        None => {
            let what = format!("it does not say which job it is; give job = one of {}", all());
            return Err(Wrong { entry: None, what });
        }
        Some(Value::String(job)) => job,
        Some(other) => return Err(Wrong::at("job", format!("{other} is no job; give one of {}", all()))),
    };
    let settings = Job::options(job)
        .ok_or_else(|| Wrong::at("job", format!("there is no job \"{job}\"; give one of {}", all())))?;
    let names: Vec<&str> = settings.get_arguments().map(|setting| setting.get_id().as_str()).collect();
    for (name, value) in entries.iter().filter(|(name, _)| *name != "job") {
        if !names.contains(&name.as_str()) {
            return Err(Wrong::at(name, unknown(job, name, &names)));
        }
        if has_null(value) {
            return Err(Wrong::at(name, "is not finite or null; give a value, or leave it out"));
        }
    }
    let needed = |name: &str| name != "output" || !kept.contains(&job.as_str());
    let missing = settings.get_arguments().filter(|setting| setting.is_required_set()).find(|setting| {
        let name = setting.get_id().as_str();
        needed(name) && !entries.contains_key(name)
    });
    match missing {
        Some(setting) => {
            let what = format!("a {job} needs the setting `{}`; give it", setting.get_id());
            Err(Wrong { entry: None, what })
        }
        None => Ok(()),
    }
}

/// The message for a setting that does not exist, with the most similar name.
fn unknown(job: &str, name: &str, names: &[&str]) -> String {
    let alike = |other: &&str| strsim::jaro_winkler(other, &name.replace('-', "_"));
    let near = names.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let advice = match near {
        Some(near) if alike(near) >= ALIKE => format!("did you mean `{near}`?"),
        _ => format!("there are {}", names.join(", ")),
    };
    format!("a {job} has no setting `{name}`; {advice}")
}

/// Whether `value` contains null. A number that is not finite becomes null in JSON.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(entries) => entries.values().any(has_null),
        _ => false,
    }
}

/// Finds the entry that causes `error`: the first optional entry without which there is no error or another one. If
/// there is none, a required entry is at fault. It is not a text, or the error quotes its text.
fn blame(entries: &Map<String, Value>, error: &serde_json::Error) -> Wrong {
    let words = error.to_string();
    let comes_from = |name: &&String| {
        let mut rest = entries.clone();
        rest.remove(*name);
        let other = serde_json::from_value::<Job>(Value::Object(rest)).err().map(|other| other.to_string());
        other.is_none_or(|other| other != words && other != format!("missing field `{name}`"))
    };
    let is_named = |value: &Value| value.as_str().is_none_or(|text| words.contains(&format!("`{text}`")));
    let entry = entries.keys().filter(|name| *name != "job").find(comes_from);
    let entry = entry.or_else(|| entries.iter().find(|(_, value)| is_named(value)).map(|(name, _)| name));
    let advice = if words.contains(';') { "" } else { "; give a value of that type" };
    Wrong { entry: entry.cloned(), what: format!("{words}{advice}") }
}
