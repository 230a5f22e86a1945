//! Programs in place of ffmpeg that behave differently.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sinefield_media::{
    MediaError, Signal, VideoError, VideoOptions, VideoWriter, ffmpeg_program, read_video_with,
};

use crate::common::names;
use crate::tools::{has_ffmpeg, levels, video};

/// A shell command that answers the probe for the size: frames of 3x2 pixels, 10 per second.
const SIZE: &str = "printf 'YUV4MPEG2 W3 H2 F10:1 Ip A1:1 C444\\nFRAME\\nabcdefghijklmnopqr'";

/// A shell script in place of ffmpeg. `reading` runs `probe` for the size and `decode` for the frames.
struct Fake {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Fake {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ffmpeg");
        // Another process writes the script. If this process had it open for writing, a process that a parallel test
        // starts could inherit the open file, and the script could not be run.
        let mut writer = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
            .arg(&program)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        write!(writer.stdin.take().unwrap(), "#!/bin/sh\n{script}\n").unwrap();
        assert!(writer.wait().unwrap().success());
        Self { folder, program }
    }

    fn reading(probe: &str, decode: &str) -> Self {
        Self::new(&format!("case \"$*\" in *yuv4mpegpipe*) {probe};; *) {decode};; esac"))
    }

    fn read(&self) -> Result<Signal, MediaError> {
        let options = VideoOptions { ffmpeg: self.program.clone(), ..VideoOptions::default() };
        read_video_with(video("grey.mkv"), &options, &mut |_, _| {})
    }

    fn refusal(&self) -> String {
        let error = self.read().unwrap_err();
        assert!(matches!(error, MediaError::Video(VideoError::Decode { .. })), "{error}");
        let text = error.to_string();
        assert!(text.contains("grey.mkv") && !text.contains('\n'), "{text}");
        text
    }

    /// Writes frames until one fails. If none fails, `finish` must fail.
    fn write(&self, name: &str) -> MediaError {
        let path = self.folder.path().join("out").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut writer = VideoWriter::create_with(&self.program, &path, (255, 257), 25.0, 3).unwrap();
        let frame = vec![0.5; 255 * 257 * 3];
        let failed = (0..100).find_map(|_| writer.frame(&frame).err());
        if let Some(error) = failed {
            let again = writer.frame(&frame).unwrap_err();
            assert!(matches!(again, MediaError::Video(VideoError::GivenUp { .. })), "{again}");
            assert!(writer.finish().is_err());
            assert!(names(path.parent().unwrap()).is_empty());
            return error;
        }
        let error = writer.finish().unwrap_err();
        assert!(names(path.parent().unwrap()).is_empty());
        error
    }
}

#[test]
fn frames_of_a_program_become_a_signal() {
    // A frame has 18 bytes.
    let fake = Fake::reading(SIZE, "printf 'abcdefghijklmnopqrABCDEFGHIJKLMNOPQR'");
    let signal = fake.read().unwrap();
    assert_eq!((signal.shape(), signal.axes[0].step), (vec![2, 2, 3], 0.1));
    assert_eq!(levels(&signal), b"abcdefghijklmnopqrABCDEFGHIJKLMNOPQR");
}

#[test]
fn a_failure_is_told_in_the_last_words() {
    let words = "echo '[x @ 0x1] first' >&2; echo '[y @ 0x2] cannot do that' >&2; \
                 echo 'Conversion failed!' >&2; exit 3";
    for fake in [Fake::new(words), Fake::reading(SIZE, words)] {
        let text = fake.refusal();
        assert!(text.contains(": cannot do that (it ended with code 3);"), "{text}");
    }
    let text = Fake::reading(SIZE, "printf 'abcdefghijklmnopqr'; exit 1").refusal();
    assert!(text.contains("it ended with code 1 and said nothing"), "{text}");
    let text = Fake::new("exit 0").refusal();
    assert!(text.contains("it found no frame"), "{text}");
    let text = Fake::new("printf 'abc'").refusal();
    assert!(text.contains("it found no frame"), "{text}");
}

#[test]
fn a_program_killed_half_way_is_an_error() {
    let text = Fake::reading(SIZE, "printf 'abcdefghijklmnopqrabc'; kill -9 $$").refusal();
    assert!(text.contains("it was killed by signal 9 and said nothing"), "{text}");
    // The process ends between two frames, so the bytes alone look complete.
    let text = Fake::reading(SIZE, "printf 'abcdefghijklmnopqr'; echo oh >&2; kill -9 $$").refusal();
    assert!(text.contains("oh (it was killed by signal 9)"), "{text}");
    let text = Fake::new("kill -9 $$").refusal();
    assert!(text.contains("it was killed by signal 9"), "{text}");
}

#[test]
fn a_cut_last_frame_is_an_error() {
    let text = Fake::reading(SIZE, "printf 'abcdefghijklmnopqrabc'").refusal();
    assert!(text.contains("the last frame has 3 of 18 bytes"), "{text}");
    let error = Fake::reading(SIZE, "exit 0").read().unwrap_err();
    assert!(matches!(&error, MediaError::Empty { shape, .. } if *shape == [0, 2, 3]), "{error}");
    let text =
        Fake::reading(SIZE, "printf 'abcdefghijklmnopqr'; echo 'File ended prematurely' >&2").refusal();
    assert!(text.contains("File ended prematurely"), "{text}");
}

#[test]
fn much_on_standard_error_blocks_nothing() {
    // More output than a pipe holds, before, between and after the frames.
    let noise = "head -c 3000000 /dev/zero | tr '\\0' 'n' | fold -w 100 >&2";
    let noisy = format!("{noise}; printf 'abcdefghi'; {noise}; printf 'jklmnopqr'; {noise}");
    let fake = Fake::reading(&format!("{noise}; {SIZE}; {noise}"), &noisy);
    assert_eq!(levels(&fake.read().unwrap()), b"abcdefghijklmnopqr");
    let text = Fake::new(&format!("{noise}; exit 1")).refusal();
    assert!(text.len() < 1000, "{text}");
    let error =
        Fake::new(&format!("{noise}; cat > /dev/null; {noise}; echo done >&2; exit 1")).write("a.mp4");
    assert!(error.to_string().contains("done"), "{error}");
}

#[test]
fn a_process_left_behind_holds_nothing_up() {
    // The child process keeps standard error open long after its parent has ended.
    let fake = Fake::reading(SIZE, "printf 'abcdefghijklmnopqr'; sleep 100 > /dev/null & exit 0");
    let start = std::time::Instant::now();
    assert_eq!(levels(&fake.read().unwrap()), b"abcdefghijklmnopqr");
    assert!(start.elapsed().as_secs() < 90);
}

#[test]
fn sizes_beyond_reason_are_refused() {
    let large = "printf 'YUV4MPEG2 W1000000 H1000000 F10:1 C444\\n'";
    let error = Fake::reading(large, "exit 0").read().unwrap_err();
    assert!(matches!(error, MediaError::TooLarge { .. }), "{error}");
    // The size is just within the limit, but the data is missing.
    let large = "printf 'YUV4MPEG2 W26000 H26000 F10:1 C444\\n'";
    let text = Fake::reading(large, "printf abc").refusal();
    assert!(text.contains("has 3 of 2028000000 bytes"), "{text}");
}

#[test]
fn a_video_that_cannot_be_written_leaves_nothing() {
    for (script, expected) in [
        ("echo 'no such encoder' >&2; exit 5", "no such encoder (it ended with code 5)"),
        (
            "head -c 200000 > /dev/null; echo 'disk on fire' >&2; exit 5",
            "disk on fire (it ended with code 5)",
        ),
        ("head -c 200000 > /dev/null; kill -9 $$", "it was killed by signal 9"),
        ("head -c 200000 > /dev/null; exit 0", "it took no more frames"),
        ("cat > /dev/null; echo 'no room' >&2; exit 1", "no room (it ended with code 1)"),
    ] {
        for name in ["a.mp4", "a.webm"] {
            let error = Fake::new(script).write(name);
            assert!(matches!(error, MediaError::Video(VideoError::Encode { .. })), "{error}");
            let text = error.to_string();
            assert!(text.contains(expected) && text.contains(name) && !text.contains('\n'), "{text}");
        }
    }
}

#[test]
fn a_dropped_writer_ends_its_program() {
    let fake = Fake::new("echo $$ > \"$0.pid\"; exec sleep 1000");
    let path = fake.folder.path().join("a.mp4");
    let writer = VideoWriter::create_with(&fake.program, &path, (2, 2), 25.0, 3).unwrap();
    let noted = fake.folder.path().join("ffmpeg.pid");
    let pid = loop {
        match std::fs::read_to_string(&noted) {
            Ok(pid) if pid.ends_with('\n') => break pid,
            _ => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    let alive = || Path::new("/proc").join(pid.trim()).exists();
    assert!(alive() || !Path::new("/proc/self").exists());
    drop(writer);
    assert!(!alive());
    assert_eq!(names(fake.folder.path()), ["ffmpeg", "ffmpeg.pid"]);
}

#[test]
fn a_program_that_wraps_ffmpeg_will_do() {
    if !has_ffmpeg() {
        return;
    }
    let program = ffmpeg_program();
    let fake = Fake::new(&format!("exec '{}' \"$@\"", program.display()));
    assert_eq!(fake.read().unwrap().shape(), [3, 3, 5]);
}
