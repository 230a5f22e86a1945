//! A problem file with its data, read from disk.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sinefield::problem::Problem;
use sinefield::problem::file::{Array, FileFault, ProblemFile};
use sinefield_media::{Image, read_arrays};

use crate::console;
use crate::failure::Failure;

/// The longest problem file: more is no text that a person wrote.
const LONGEST: u64 = 1 << 24;

/// A problem, and the file that it came from.
pub struct Source {
    /// The file.
    pub file: ProblemFile,
    /// What it says.
    pub problem: Problem,
    /// Every file that was read.
    pub inputs: Vec<PathBuf>,
}

impl Source {
    /// Reads the problem file `path`, with `settings` in place of its own. Data files are named from the
    /// problem file's folder.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, Failure> {
        let text = text(path)?;
        let mut inputs = vec![path.to_path_buf()];
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = ProblemFile::parse(&text, settings).map_err(|fault| told(path, &fault))?;
        let mut read = |name: &str| {
            let data = folder.join(name);
            inputs.push(data.clone());
            arrays(&data)
        };
        let description = file.description(&mut read).map_err(|fault| told(path, &fault))?;
        let problem = Problem::new(description).map_err(|error| told(path, &file.locate(&error)))?;
        Ok(Self { file, problem, inputs })
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    let fault = |what: String| Failure::fault(path.display(), what);
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => fault("there is no such file; name a problem file".into()),
        _ => fault(format!("cannot be read ({error}); name a problem file that can")),
    };
    let too_long = || fault("is too long for a problem file; give a TOML text".into());
    let mut bytes = Vec::new();
    // A device has no length of its own.
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    if read.map_err(refused)? as u64 > LONGEST {
        return Err(too_long());
    }
    String::from_utf8(bytes).map_err(|_| fault("is not text; give a problem file in TOML".into()))
}

/// The fault, after the line it lies in with carets under it.
fn told(path: &Path, fault: &FileFault) -> Failure {
    let place = fault.place.as_ref();
    if let Some(place) = place {
        console::note(&place.excerpt());
    }
    let at = place.map_or(String::new(), |place| format!(":{}:{}", place.line, place.column));
    let advice = if fault.what.contains(';') { "" } else { "; correct the problem file" };
    Failure::fault(format!("{}{at}", path.display()), format!("{}{advice}", fault.what))
}

/// Every array of a data file; an image is one of (rows, columns, channels) with values as they are
/// stored, from 0 to 1 for integers.
fn arrays(path: &Path) -> Result<Vec<Array>, String> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if ["npy", "npz", "csv"].contains(&extension.as_str()) {
        let arrays = read_arrays(path).map_err(|error| error.to_string())?;
        let array = |found: sinefield_media::Array| Array {
            name: found.name,
            shape: found.shape,
            values: found.data,
        };
        return Ok(arrays.into_iter().map(array).collect());
    }
    let image = Image::read(path).map_err(|error| error.to_string())?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(vec![Array { name, shape: vec![image.rows, image.columns, image.channels], values: image.data }])
}
