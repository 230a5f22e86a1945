//! What ffmpeg says on its standard error: read to the end as it comes, so that ffmpeg never waits for a
//! reader, and kept only in part, so that it may say as much as it likes.

use std::io::{self, Read};
use std::process::ChildStderr;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes kept of the beginning, and of the end.
const KEPT: usize = 1 << 16;

/// How long the last words are waited for after ffmpeg has ended. Only a process that it left behind could
/// keep them back.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest last words that are shown.
const SHOWN: usize = 300;

/// Lines that say that something went wrong and not what. Each is the beginning of one.
const EMPTY_WORDS: [&str; 8] = [
    "Conversion failed!",
    "Error opening input file",
    "Error opening output file",
    "Error while filtering",
    "Last message repeated",
    "Task finished with error",
    "Terminating thread",
    "To ignore this",
];

/// Reads what a process says.
#[derive(Debug)]
pub(super) struct Listener {
    log: Arc<Mutex<Log>>,
    ended: Receiver<()>,
}

impl Listener {
    pub fn start(mut stderr: ChildStderr) -> io::Result<Self> {
        let log = Arc::new(Mutex::new(Log::default()));
        let (end, ended) = channel();
        let written = Arc::clone(&log);
        thread::Builder::new().name("ffmpeg's errors".into()).spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                match stderr.read(&mut bytes) {
                    Ok(0) => break,
                    Ok(length) => lock(&written).append(&bytes[..length]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            // Nobody may be waiting any more.
            let _ = end.send(());
        })?;
        Ok(Self { log, ended })
    }

    /// All that was said, for a process that has ended.
    pub fn finish(&self) -> Log {
        let _ = self.ended.recv_timeout(PATIENCE);
        std::mem::take(&mut lock(&self.log))
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The beginning and the end of what was said.
#[derive(Debug, Default)]
pub(super) struct Log {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Log {
    fn append(&mut self, bytes: &[u8]) {
        let room = KEPT - self.head.len();
        self.head.extend(bytes.iter().take(room));
        self.tail.extend(bytes);
        if self.tail.len() > 2 * KEPT {
            self.tail.drain(..self.tail.len() - KEPT);
        }
    }

    /// Whether the end holds certain words.
    pub fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.tail).contains(words)
    }

    /// The length of the input in seconds, if ffmpeg says it.
    pub fn duration(&self) -> Option<f64> {
        let text = String::from_utf8_lossy(&self.head);
        let time = text.lines().find_map(|line| line.trim_start().strip_prefix("Duration: "))?;
        let (time, _) = time.split_once(',')?;
        let mut seconds = 0.0;
        for part in time.split(':') {
            seconds = 60.0 * seconds + part.parse::<f64>().ok().filter(|part| *part >= 0.0)?;
        }
        Some(seconds)
    }

    /// The last line that says what is wrong, without the address of who says it and the file `name`.
    pub fn last_words(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.tail);
        let mut lines = text.split(['\n', '\r']).rev().map(|line| plain(line, name));
        lines.find(|line| !line.is_empty() && !EMPTY_WORDS.iter().any(|words| line.starts_with(words)))
    }
}

/// A line without the `[h264 @ 0x55ab]` before it, the name of the file, and control characters.
fn plain(line: &str, name: &str) -> String {
    let mut rest = line.trim();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = after.trim_start();
    }
    let rest = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).unwrap_or(rest);
    rest.trim().chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> Log {
        let mut log = Log::default();
        log.append(text.as_bytes());
        log
    }

    #[test]
    fn the_last_line_that_says_something_is_found() {
        // As ffmpeg 4.2, 5.1 and 7.0 put it.
        for (text, expected) in [
            (
                "[mov @ 0x1] moov atom not found\nfile:a.mp4: Invalid data found when processing input\n",
                "Invalid data found when processing input",
            ),
            (
                "[in#0 @ 0x2ca] Error opening input: Invalid data found\nError opening input file file:a.mp4.\n\
              Error opening input files: Invalid data found\n",
                "Error opening input: Invalid data found",
            ),
            (
                "[vist#0:0/h264 @ 0x2] [dec:h264 @ 0x3] Error processing packet in decoder: Invalid data\n\
              [vist#0:0/h264 @ 0x2] [dec:h264 @ 0x3] Task finished with error code: -1094995529\n\
              [vist#0:0/h264 @ 0x2] [dec:h264 @ 0x3] Terminating thread with return code -1094995529\n",
                "Error processing packet in decoder: Invalid data",
            ),
            (
                "Unknown encoder\x07 'libx264'\r\nConversion failed!\n    Last message repeated 1 times\n\n",
                "Unknown encoder 'libx264'",
            ),
        ] {
            assert_eq!(log(text).last_words("file:a.mp4").unwrap(), expected);
        }
        assert_eq!(log("").last_words("a"), None);
        assert_eq!(log("Conversion failed!\n").last_words("a"), None);
        assert_eq!(log(&"x".repeat(1000)).last_words("a").unwrap().len(), SHOWN);
    }

    #[test]
    fn lengths_are_told() {
        let text = "Input #0\n    title : Duration: 09:00:00.00,\n  Duration: 01:02:03.50, start: 0.0\n";
        assert_eq!(log(text).duration(), Some(3723.5));
        for text in
            ["", "  Duration: N/A, start", "  Duration: 00:00", "  Duration: 00:-5:00, s", "Duration: a:b,"]
        {
            assert_eq!(log(text).duration(), None, "{text}");
        }
    }

    #[test]
    fn only_the_two_ends_of_much_are_kept() {
        let mut log = log("first\n");
        for line in 0..1_000_000 {
            log.append(format!("{line}\n").as_bytes());
        }
        assert!(log.head.len() <= KEPT && log.tail.len() <= 2 * KEPT);
        assert!(log.head.starts_with(b"first\n0\n"));
        assert_eq!(log.last_words("a").unwrap(), "999999");
    }
}
