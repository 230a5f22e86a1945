//! The network in a file and the names of its tensors.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::error::{FileFault, explained};
use super::header::Header;
use super::{ENTRY, FIRST_VERSION, VERSION, official};
use crate::field::{Architecture, Encoding, Form, LONGEST_FORM, Meta};

/// A network and the names of its tensors in a file.
#[derive(Debug)]
pub(super) struct Layout {
    /// The checked architecture.
    pub(super) architecture: Architecture,
    /// The metadata, checked against the architecture.
    pub(super) meta: Meta,
    /// The names of each layer's weight and bias.
    pub(super) names: Vec<[String; 2]>,
}

/// The metadata entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<'a> {
    version: u64,
    architecture: Cow<'a, Architecture>,
    #[serde(default)]
    meta: Cow<'a, Meta>,
}

/// The part of the entry that is common to every version.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Layout {
    /// The layout that `header` describes. Without a metadata entry, tensor names and shapes determine it.
    pub(super) fn of(header: &Header) -> Result<Self, FileFault> {
        match header.metadata.get(ENTRY) {
            Some(text) => Self::of_entry(text),
            None => official::layout(header),
        }
    }

    /// The layout that the metadata entry `text` describes.
    pub(super) fn of_entry(text: &str) -> Result<Self, FileFault> {
        let (architecture, meta) = parse_entry(text)?;
        let names = (0..architecture.layers.len()).map(native_names).collect();
        Ok(Self { architecture, meta, names })
    }
}

/// The most samples of a signal along one axis.
const MOST_SAMPLES: usize = 1 << 31;

/// The names of a learned encoding's tensors: centres and widths.
pub(super) const ENCODING_NAMES: [&str; 2] = ["encoding.centres", "encoding.sigma"];

/// The names of a layer's tensors in files of sinefield.
pub(super) fn native_names(layer: usize) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("layers.{layer}.{part}"))
}

/// Checks the values that a file may hold and a caller may save.
fn check(architecture: &Architecture, meta: &Meta) -> Result<(), FileFault> {
    architecture.check().map_err(FileFault::Architecture)?;
    let (expected, found) = (architecture.inputs, meta.axes.len());
    if found != 0 && found != expected {
        return Err(FileFault::Axes { expected, found });
    }
    for (axis, number) in meta.axes.iter().zip(0..) {
        if let Some(samples) = axis.samples.filter(|samples| !(1..=MOST_SAMPLES).contains(samples)) {
            return Err(FileFault::Samples { axis: number, samples, most: MOST_SAMPLES });
        }
        if axis.range.is_some_and(|range| !usable(range, axis.samples)) {
            return Err(FileFault::Range { axis: number });
        }
    }
    if let Some(affine) = &meta.affine
        && (affine.rows.len() != expected || found != expected || affine.inverse().is_none())
    {
        return Err(FileFault::Affine { inputs: expected });
    }
    meta.form.as_ref().map_or(Ok(()), |form| check_form(form, architecture, meta))
}

/// Checks the parts of a form that need no compiler.
fn check_form(form: &Form, architecture: &Architecture, meta: &Meta) -> Result<(), FileFault> {
    let fault = |what: String| Err(FileFault::Form(what));
    let (bytes, inputs, named) = (form.text.len(), architecture.inputs, form.coordinates.len());
    if bytes > LONGEST_FORM {
        return fault(format!("its {bytes} bytes are above {LONGEST_FORM}"));
    }
    if named != inputs {
        return fault(format!("it names {named} coordinates for a network of {inputs}"));
    }
    if form.complex.len() > architecture.outputs() {
        return fault(format!(
            "it has the types of more values than there are {} outputs",
            architecture.outputs()
        ));
    }
    if meta.affine.is_some() {
        return fault("the file has an affine map too".into());
    }
    Ok(())
}

/// The lowest version whose readers understand the field. Version 2 brought forms, periodic coordinates and
/// Fourier features.
fn version_of(architecture: &Architecture, meta: &Meta) -> u64 {
    let new = matches!(architecture.encoding, Encoding::Periodic { .. } | Encoding::Fourier { .. });
    if meta.form.is_some() || new { VERSION } else { FIRST_VERSION }
}

/// Whether a range has room for its samples, and second derivatives with respect to its unit fit float64.
fn usable((low, high): (f64, f64), samples: Option<usize>) -> bool {
    if low == high {
        return low.is_finite() && samples.is_none_or(|samples| samples == 1);
    }
    // An infinite length gives 0 and a NaN gives NaN. Neither is normal.
    (2.0 / (high - low)).powi(2).is_normal()
}

fn parse_entry(text: &str) -> Result<(Architecture, Meta), FileFault> {
    let unusable = |error: serde_json::Error| FileFault::Metadata(explained(&error));
    // The version is read first, since a later version may have changed everything else.
    let Version { version } = serde_json::from_str(text).map_err(unusable)?;
    match version {
        0 => return Err(FileFault::Metadata("there is no version 0".to_string())),
        FIRST_VERSION..=VERSION => {}
        found => return Err(FileFault::FutureVersion { found, newest: VERSION }),
    }
    let entry: Entry<'_> = serde_json::from_str(text).map_err(unusable)?;
    let (architecture, meta) = (entry.architecture.into_owned(), entry.meta.into_owned());
    check(&architecture, &meta)?;
    let least = version_of(&architecture, &meta);
    if version < least {
        return Err(FileFault::Metadata(format!(
            "version {version} cannot describe it, but version {least} can"
        )));
    }
    Ok((architecture, meta))
}

/// The metadata entry for a field of this architecture and meta.
///
/// The result is parsed again to check that nothing was lost: JSON has no NaN, and a reader limits the depth
/// of nested values.
pub(super) fn write_entry(architecture: &Architecture, meta: &Meta) -> Result<String, FileFault> {
    check(architecture, meta)?;
    let version = version_of(architecture, meta);
    let entry = Entry { version, architecture: Cow::Borrowed(architecture), meta: Cow::Borrowed(meta) };
    let text = serde_json::to_string(&entry).map_err(|error| FileFault::Metadata(explained(&error)))?;
    let (architecture_again, meta_again) = parse_entry(&text)?;
    if architecture_again != *architecture || meta_again != *meta {
        return Err(FileFault::Metadata("it holds a value that JSON cannot keep".to_string()));
    }
    Ok(text)
}
