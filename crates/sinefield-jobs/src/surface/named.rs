//! A field under a name of its own: `NAME=FILE`.

use std::path::PathBuf;
use std::str::FromStr;

use crate::settings::entry::as_text;

/// A field file under the name that it has in an expression: `NAME=FILE`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedField {
    /// The name.
    pub name: String,
    /// The field file.
    pub path: PathBuf,
}

impl std::fmt::Display for NamedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.name, self.path.display())
    }
}

impl FromStr for NamedField {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
                Ok(Self { name: name.trim().into(), path: path.into() })
            }
            _ => Err(format!("\"{text}\" names no field; give a name and a file, like a=A.safetensors")),
        }
    }
}

as_text!(NamedField);
