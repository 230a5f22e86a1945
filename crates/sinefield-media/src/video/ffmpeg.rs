//! The ffmpeg process: finds the program, starts it without a shell, reads its messages, and ends it with this program.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use super::VideoError;
use super::ffmpeg_log::{Listener, Log};

/// The ffmpeg program for reading and writing videos: the value of the environment variable `SINEFIELD_FFMPEG`, or else
/// `ffmpeg` in `PATH`.
///
/// Versions 4.2, 5.1 and 7.0 were tested. All videos need it except y4m files and folders of frames.
pub fn ffmpeg_program() -> PathBuf {
    let named = std::env::var_os("SINEFIELD_FFMPEG").filter(|name| !name.is_empty());
    named.unwrap_or_else(|| "ffmpeg".into()).into()
}

/// The argument for a file, in a form in which a dash or a colon in the name does not make it an option or a network
/// address.
pub(super) fn argument(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// A running ffmpeg process. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Ffmpeg {
    child: Child,
    listener: Listener,
}

/// The end of an ffmpeg process.
#[derive(Debug)]
pub(super) struct End {
    status: ExitStatus,
    pub log: Log,
}

impl Ffmpeg {
    /// Starts `program` for the file `path`.
    pub fn start<S: AsRef<OsStr>>(
        program: &Path,
        path: &Path,
        arguments: impl IntoIterator<Item = S>,
        (stdin, stdout): (Stdio, Stdio),
    ) -> Result<Self, VideoError> {
        let refused = |source: io::Error| {
            let (path, program) = (path.to_path_buf(), program.to_path_buf());
            match source.kind() {
                io::ErrorKind::NotFound => VideoError::FfmpegMissing { path, program },
                _ => VideoError::FfmpegStart { path, program, source },
            }
        };
        let mut command = Command::new(program);
        command.args(["-hide_banner", "-nostats"]).args(arguments).env("AV_LOG_FORCE_NOCOLOR", "1");
        let mut child =
            command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().map_err(refused)?;
        let stderr = child.stderr.take().ok_or_else(|| refused(io::Error::other("it has no pipe")))?;
        match Listener::start(stderr) {
            Ok(listener) => Ok(Self { child, listener }),
            Err(source) => {
                end(&mut child);
                Err(refused(source))
            }
        }
    }

    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The end of the process, if it has ended.
    pub fn try_end(&mut self) -> io::Result<Option<End>> {
        let status = self.child.try_wait()?;
        Ok(status.map(|status| End { status, log: self.listener.finish() }))
    }

    /// Waits for the end of the process.
    pub fn end(mut self) -> io::Result<End> {
        let status = self.child.wait()?;
        Ok(End { status, log: self.listener.finish() })
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Kills a process if it is still running, and waits for its end.
fn end(child: &mut Child) {
    // Both fail only if the process has already ended.
    let _ = child.kill();
    let _ = child.wait();
}

impl End {
    pub fn is_success(&self) -> bool {
        self.status.success()
    }

    /// How it ended and its last message about `path`, for an error.
    pub fn words(&self, path: &Path) -> String {
        let ending = match self.status.code() {
            Some(code) => format!("it ended with code {code}"),
            None => ending_without_code(self.status),
        };
        match self.log.last_words(&argument(path).to_string_lossy()) {
            Some(words) => format!("{words} ({ending})"),
            None => format!("{ending} and said nothing"),
        }
    }
}

/// A description of the end of a process without an exit code.
fn ending_without_code(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("it was killed by signal {signal}");
    }
    format!("it ended with {status}")
}
