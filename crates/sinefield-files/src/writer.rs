//! The file that the body of a write fills.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// The buffered, seekable file that the body of [`write`](crate::write()) fills.
pub struct Writer {
    file: BufWriter<File>,
    /// The first error of the system. Encoders wrap it and sometimes lose it (the PNG encoder converts it to text).
    /// Only the original distinguishes a full disk from a fault of the encoder.
    failure: Option<io::Error>,
}

impl Writer {
    /// Runs `body` on a file and makes sure that all bytes are on disk. An error that `body` ignored is returned.
    pub(crate) fn fill<T>(
        file: File,
        body: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<(T, File)> {
        let mut writer = Self { file: BufWriter::new(file), failure: None };
        let outcome = body(&mut writer).and_then(|value| writer.flush().map(|()| value));
        if let Some(failure) = writer.failure {
            return Err(failure);
        }
        let value = outcome?;
        let file = writer.file.into_inner()?;
        file.sync_all()?;
        Ok((value, file))
    }

    fn noting<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
        {
            // A copy of the error, as far as possible: `io::Error` is not `Clone`.
            self.failure.get_or_insert_with(|| match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            });
        }
        result
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.noting(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.noting(result)
    }
}

impl Seek for Writer {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let result = self.file.seek(position);
        self.noting(result)
    }
}
