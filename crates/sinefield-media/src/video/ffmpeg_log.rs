//! Reads ffmpeg's standard error. A thread reads it until its end, so that ffmpeg never blocks. Only the start and the
//! end are kept, so that memory is bounded.

use std::io::{self, Read};
use std::process::ChildStderr;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The number of bytes kept of the start, and of the end.
const KEPT: usize = 1 << 16;

/// The time limit for the last messages after ffmpeg has ended. They are late only if another process that ffmpeg
/// started holds the pipe.
const PATIENCE: Duration = Duration::from_secs(1);

/// The largest number of characters shown of the last message.
const SHOWN: usize = 300;

/// Beginnings of lines that report an error without its reason.
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

/// Reads the messages of a process.
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
            // The receiver may no longer be waiting.
            let _ = end.send(());
        })?;
        Ok(Self { log, ended })
    }

    /// All messages of a process that has ended.
    pub fn finish(&self) -> Log {
        let _ = self.ended.recv_timeout(PATIENCE);
        std::mem::take(&mut lock(&self.log))
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The start and the end of the messages.
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

    /// Whether the end contains these words.
    pub fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.tail).contains(words)
    }

    /// The duration of the input in seconds, if ffmpeg reports it.
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

    /// The last line with a reason, without the address of its source and the file name `name`.
    pub fn last_words(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.tail);
        let mut lines = text.split(['\n', '\r']).rev().map(|line| plain(line, name));
        lines.find(|line| !line.is_empty() && !EMPTY_WORDS.iter().any(|words| line.starts_with(words)))
    }
}

/// A line without the prefix `[h264 @ 0x55ab]`, the name of the file, and control characters.
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
        // The formats of ffmpeg 4.2, 5.1 and 7.0.
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
