//! Detects truncated JPEG files. The decoder would fill the missing part with grey without an error.

use std::io::{self, BufRead, Seek, SeekFrom};

use crate::MediaError;
use crate::input::Input;

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Refuses a file without an end of image after its first scan. Afterwards the position is at the start of the file.
pub(crate) fn check_whole(input: &mut Input<'_>) -> Result<(), MediaError> {
    let path = input.path;
    let whole = ends(&mut input.source)
        .and_then(|whole| input.source.seek(SeekFrom::Start(0)).map(|_| whole))
        .map_err(|source| Input::refused(path, source))?;
    if whole {
        return Ok(());
    }
    let detail = "it ends before its end-of-image marker".into();
    Err(MediaError::Corrupt { path: path.into(), format: "JPEG", detail })
}

fn ends(mut source: impl BufRead + Seek) -> io::Result<bool> {
    match skip_to_scan(&mut source) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        other => other?,
    }
    // Compressed data never contains the marker: a 0xff in it is followed by a zero.
    let mut after_ff = false;
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        for &byte in bytes {
            if after_ff && byte == END_OF_IMAGE {
                return Ok(true);
            }
            after_ff = byte == 0xff;
        }
        let length = bytes.len();
        source.consume(length);
    }
}

/// Skips the segments before the first scan. Their contents (such as a thumbnail) may contain markers.
fn skip_to_scan(source: &mut (impl BufRead + Seek)) -> io::Result<()> {
    let mut byte = [0; 1];
    let mut length = [0; 2];
    source.seek(SeekFrom::Start(2))?;
    loop {
        source.read_exact(&mut byte)?;
        if byte[0] != 0xff {
            continue;
        }
        while byte[0] == 0xff {
            source.read_exact(&mut byte)?;
        }
        match byte[0] {
            START_OF_SCAN => return Ok(()),
            // These have no length.
            0x00 | 0x01 | 0xd0..=0xd9 => {}
            _ => {
                source.read_exact(&mut length)?;
                let rest = u16::from_be_bytes(length).saturating_sub(2);
                source.seek_relative(rest.into())?;
            }
        }
    }
}
