//! Runs the command in a temporary folder, and reads the written files with separate code.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sinefield_media::{Pixels, write_image};

/// A temporary folder, deleted after the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command, to be run in this folder; `arguments` are separated by spaces.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sinefield"));
        command.current_dir(self.0.path()).args(arguments.split_whitespace()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed. Returns its standard output.
    pub fn succeed(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "sinefield {arguments}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with `code`, one error line that contains `words`, and no change in the folder.
    pub fn fail(&self, arguments: &str, code: i32, words: &str) {
        let before = self.listing();
        let output = self.run(arguments);
        // The plan of a fit may precede the error.
        let told = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = told.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(output.status.code(), Some(code), "sinefield {arguments}: {told}");
        assert_eq!(lines.len(), 1, "sinefield {arguments}: {told}");
        assert!(told.trim_end().ends_with(lines[0]), "sinefield {arguments}: {told}");
        assert!(lines[0].contains(words), "sinefield {arguments}: {told}");
        assert!(lines[0].contains(':') && lines[0].contains(';'), "what to do? {told}");
        assert!(output.stdout.is_empty(), "sinefield {arguments}");
        assert_eq!(self.listing(), before, "sinefield {arguments} left something behind");
    }

    /// The name and the bytes of every file.
    pub fn listing(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Writes an image of smooth waves that differ between the channels. Returns the values before they are rounded.
    pub fn image(&self, name: &str, rows: usize, columns: usize, channels: usize) -> Vec<f32> {
        let wave = |at: usize| {
            let (pixel, channel) = (at / channels, at % channels);
            let (row, column) = ((pixel / columns) as f32, (pixel % columns) as f32);
            0.5 + 0.4 * (0.5 * row + channel as f32).sin() * (0.4 * column).cos()
        };
        let data: Vec<f32> = (0..rows * columns * channels).map(wave).collect();
        write_image(self.path(name), rows, columns, channels, Pixels::F32(&data)).unwrap();
        data
    }

    /// The shape and the values of an .npy file.
    pub fn npy(&self, name: &str) -> (Vec<usize>, Vec<f64>) {
        npy(&self.bytes(name))
    }

    /// The shape and the values of an array in an .npz file.
    pub fn npz(&self, file: &str, name: &str) -> (Vec<usize>, Vec<f64>) {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(self.path(file)).unwrap()).unwrap();
        let mut bytes = Vec::new();
        zip.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
        npy(&bytes)
    }

    /// Writes a float64 array.
    pub fn write_npy(&self, name: &str, shape: &str, values: &[f64]) {
        std::fs::write(self.path(name), npy_bytes(shape, values)).unwrap();
    }
}

/// Parses an .npy file, version 1.
pub fn npy(bytes: &[u8]) -> (Vec<usize>, Vec<f64>) {
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    let shape = header.split_once('(').unwrap().1.split_once(')').unwrap().0;
    let shape: Vec<usize> = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let body = &bytes[10 + length..];
    let values: Vec<f64> = if header.contains("'<f8'") {
        body.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
    } else {
        assert!(header.contains("'<f4'"), "{header}");
        body.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
    };
    assert_eq!(values.len(), shape.iter().product::<usize>());
    (shape, values)
}

pub fn npy_bytes(shape: &str, values: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    bytes
}

/// The device `/dev/full`, where every write fails for lack of space, if it exists.
pub fn full_device() -> Option<&'static Path> {
    Some(Path::new("/dev/full")).filter(|path| path.exists())
}

/// A folder with the problem file `p.toml` of this text.
pub fn written(text: &str) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("p.toml"), text).unwrap();
    folder
}
