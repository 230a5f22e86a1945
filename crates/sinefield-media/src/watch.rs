//! Reports how much of a file has been read while a reader reads it.
//!
//! Decoders of other crates take a source of bytes and return when they are done. The reader therefore runs in a second
//! thread and counts the bytes that it takes from the file, and the calling thread reports the count.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The time between two reports.
const PAUSE: Duration = Duration::from_millis(100);

thread_local! {
    /// The progress of the file that this thread reads, if it is watched.
    static WATCHED: RefCell<Option<Arc<Progress>>> = const { RefCell::new(None) };
}

/// How far a file has been read.
#[derive(Default)]
struct Progress {
    /// The end of the last byte read. It goes back when a reader seeks.
    place: AtomicU64,
    /// The length of the file, 0 until it is open.
    length: AtomicU64,
}

impl Progress {
    fn tell(&self, told: &mut dyn FnMut(usize, Option<usize>)) {
        let (place, length) = (self.place.load(Ordering::Relaxed), self.length.load(Ordering::Relaxed));
        if length > 0 {
            told(place as usize, Some(length as usize));
        }
    }
}

/// A source that counts.
pub(crate) struct Counted<T> {
    source: T,
    place: u64,
    progress: Option<Arc<Progress>>,
}

impl<T> Counted<T> {
    /// Counts for the [`watch`] in which this thread runs, if any. `length` is the length of the file.
    pub fn new(source: T, length: u64) -> Self {
        let progress = WATCHED.with_borrow(Clone::clone);
        if let Some(progress) = &progress {
            progress.length.store(length, Ordering::Relaxed);
        }
        Self { source, place: 0, progress }
    }

    fn at(&mut self, place: u64) {
        self.place = place;
        if let Some(progress) = &self.progress {
            progress.place.store(place, Ordering::Relaxed);
        }
    }
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.at(self.place + read as u64);
        Ok(read)
    }
}

impl<T: Seek> Seek for Counted<T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let place = self.source.seek(position)?;
        self.at(place);
        Ok(place)
    }
}

/// Runs `read` in another thread. Meanwhile, `told` receives the bytes read and the length of the file.
pub(crate) fn watch<T: Send>(
    read: impl FnOnce() -> T + Send,
    told: &mut dyn FnMut(usize, Option<usize>),
) -> T {
    let progress = Arc::new(Progress::default());
    let watched = progress.clone();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            WATCHED.set(Some(watched));
            // The receiver lives until the thread ends.
            let _ = sender.send(read());
        });
        loop {
            match receiver.recv_timeout(PAUSE) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) => progress.tell(told),
                // The thread ended without a result.
                Err(RecvTimeoutError::Disconnected) => match reader.join() {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => unreachable!("a reader sends its result or panics"),
                },
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn bytes_are_reported_while_a_file_is_read_and_not_elsewhere() {
        let mut told = Vec::new();
        let bytes = watch(
            || {
                let mut source = Counted::new(Cursor::new(vec![7; 1000]), 1000);
                source.seek(SeekFrom::Start(400)).unwrap();
                source.read_exact(&mut [0; 100]).unwrap();
                thread::sleep(3 * PAUSE);
                source.read_to_end(&mut Vec::new()).unwrap()
            },
            &mut |done, total| told.push((done, total)),
        );
        assert_eq!(bytes, 500);
        assert!(told.contains(&(500, Some(1000))) && told.iter().all(|&(done, _)| done <= 500), "{told:?}");
        assert!(Counted::new(Cursor::new([0; 3]), 3).progress.is_none());
    }

    #[test]
    #[should_panic(expected = "in the reader")]
    fn a_panic_of_the_reader_is_passed_on() {
        watch(|| panic!("in the reader"), &mut |_, _| {});
    }
}
