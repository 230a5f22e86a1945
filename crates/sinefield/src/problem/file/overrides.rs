//! Settings such as `constants.k=10`, which replace those of a problem file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::FileFault;

/// Applies a setting `path=value`. The path is dotted, and missing tables are created. After the name of an
/// array, a number selects an entry, counted from 0, as in `constraint.1.weight`.
pub(super) fn set<'i>(root: &mut DeTable<'i>, setting: &'i str) -> Result<(), FileFault> {
    let fault = |what: &str| FileFault::new(format!("the setting \"{setting}\" {what}"));
    let (path, value) =
        setting.split_once('=').ok_or_else(|| fault("has no value; write it as constants.k=10"))?;
    let value = parse(value.trim());
    let keys: Vec<&str> = path.split('.').map(str::trim).collect();
    let Some((last, parents)) = keys.split_last() else { return Err(fault("has no name")) };
    if let ["field", name, ..] = parents {
        let fields =
            root.iter().find(|(key, _)| key.get_ref() == "field").map(|(_, fields)| fields.get_ref());
        let names: Vec<&str> = match fields {
            Some(DeValue::Table(fields)) => fields.keys().map(|key| key.get_ref().as_ref()).collect(),
            _ => Vec::new(),
        };
        // No residual would know the field.
        if !names.contains(name) {
            let has = if names.is_empty() { "no field".into() } else { names.join(", ") };
            return Err(fault(&format!("is of a field \"{name}\", and the file has {has}")));
        }
    }
    let mut table = root;
    let mut rest = parents.iter();
    while let Some(key) = rest.next() {
        if !table.keys().any(|k| k.get_ref() == key) {
            let empty = Spanned::new(0..0, DeValue::Table(DeTable::new()));
            table.insert(Spanned::new(0..0, (*key).into()), empty);
        }
        let entry = table.iter_mut().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value.get_mut());
        let mut inner = entry.ok_or_else(|| fault("leads nowhere"))?;
        if let DeValue::Array(entries) = inner {
            let index = rest.next().and_then(|key| key.parse::<usize>().ok());
            let count = entries.len();
            inner =
                index.and_then(|index| entries.get_mut(index)).map(Spanned::get_mut).ok_or_else(|| {
                    fault(&format!("must count an entry of \"{key}\", from 0 to {}", count.saturating_sub(1)))
                })?;
        }
        match inner {
            DeValue::Table(inner) => table = inner,
            _ => return Err(fault(&format!("goes through \"{key}\", which is no table"))),
        }
    }
    if last.is_empty() {
        return Err(fault("has no name"));
    }
    match table.iter_mut().find(|(k, _)| k.get_ref() == last) {
        Some((_, old)) => *old = value,
        // The residuals know only the constants and scalars of the file, so another name is a mistake.
        None if matches!(parents, ["constants" | "trainable"]) => {
            let names: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
            let has = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(fault(&format!("names no entry of [{}], which has {has}", parents[0])));
        }
        None => {
            table.insert(Spanned::new(0..0, (*last).into()), value);
        }
    }
    Ok(())
}

/// Parses a TOML value. Other text becomes a string.
fn parse(text: &str) -> Spanned<DeValue<'_>> {
    let value = DeValue::parse(text).map(Spanned::into_inner);
    nowhere(value.unwrap_or_else(|_| DeValue::String(text.into())))
}

/// Sets all spans in a value to 0..0, since they do not refer to the file.
fn nowhere(value: DeValue<'_>) -> Spanned<DeValue<'_>> {
    let value = match value {
        DeValue::Array(entries) => {
            DeValue::Array(entries.into_iter().map(|entry| nowhere(entry.into_inner())).collect())
        }
        DeValue::Table(entries) => {
            let entries = entries.into_iter();
            let moved = entries
                .map(|(name, value)| (Spanned::new(0..0, name.into_inner()), nowhere(value.into_inner())));
            DeValue::Table(moved.collect())
        }
        plain => plain,
    };
    Spanned::new(0..0, value)
}
