//! A problem file with its data, read from disk.

use std::path::{Path, PathBuf};

use sinefield::problem::Problem;
use sinefield::problem::file::{DataArray, FileFault, ProblemFile, ReadData};
use sinefield_media::{Image, read_arrays};

use crate::{JobError, texts};

/// A problem and its file.
pub struct Source {
    /// The parsed file.
    pub file: ProblemFile,
    /// The problem that the file describes.
    pub problem: Problem,
    /// Every file that was read.
    pub inputs: Vec<PathBuf>,
}

impl Source {
    /// Reads the problem file `path`. `settings` replace settings of the file. Relative paths of data files start at
    /// the folder of the problem file.
    ///
    /// # Errors
    /// If a file cannot be read, or the problem is not consistent.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, JobError> {
        let text = texts::read(path, "problem file")?;
        let mut inputs = vec![path.to_path_buf()];
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut read = |name: &str| {
            let data = folder.join(name);
            inputs.push(data.clone());
            arrays(&data)
        };
        let source = Self::of_text(path, &text, settings, &mut read)?;
        Ok(Self { inputs, ..source })
    }

    /// Reads a problem from the text of a file. `read` returns the data for the names in the text. `path` is the name
    /// of the file in errors.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn of_text(
        path: &Path,
        text: &str,
        settings: &[String],
        read: &mut ReadData<'_>,
    ) -> Result<Self, JobError> {
        let file = ProblemFile::parse(text, settings).map_err(|fault| told(path, fault))?;
        let description = file.description(read).map_err(|fault| told(path, fault))?;
        let problem = Problem::new(description).map_err(|error| told(path, file.locate(&error)))?;
        Ok(Self { file, problem, inputs: Vec::new() })
    }
}

/// The error for a fault in the problem file `path`.
fn told(path: &Path, fault: FileFault) -> JobError {
    let advice = if fault.what.contains(';') { "" } else { "; correct the problem file" };
    let fault = FileFault { what: format!("{}{advice}", fault.what), ..fault };
    JobError::Text { path: path.into(), fault: Box::new(fault) }
}

/// All arrays of a data file. An image is one array of (rows, columns, channels). Its integers are scaled to `[0, 1]`.
fn arrays(path: &Path) -> Result<Vec<DataArray>, String> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if ["npy", "npz", "csv"].contains(&extension.as_str()) {
        let arrays = read_arrays(path).map_err(|error| error.to_string())?;
        let array = |found: sinefield_media::Array| DataArray {
            name: found.name,
            shape: found.shape,
            values: found.data,
            complex: found.complex,
        };
        return Ok(arrays.into_iter().map(array).collect());
    }
    let image = Image::read(path).map_err(|error| error.to_string())?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let shape = vec![image.rows, image.columns, image.channels];
    Ok(vec![DataArray { name, shape, values: image.data, complex: false }])
}
