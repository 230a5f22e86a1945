//! Containers, read with the installed ffmpeg.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use sinefield_media::{MediaError, VideoError, VideoOptions, VideoWriter, read_video, read_video_with};

use crate::tools::{distance, has_ffmpeg, levels, read, video};

#[test]
fn a_lossless_grey_video_is_read_to_the_level() {
    if !has_ffmpeg() {
        return;
    }
    let mut told = Vec::new();
    let signal = read_video(video("grey.mkv"), None, &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!((signal.shape(), signal.channels, signal.axes[0].step), (vec![3, 3, 5], 1, 0.04));
    // The formula in make_video.py.
    let level = |n: usize, y: usize, x: usize| (x * 40 + y * 16 + n * 3) as u8;
    let expected: Vec<u8> = (0..45).map(|i| level(i / 15, i / 5 % 3, i % 5)).collect();
    assert_eq!(levels(&signal), expected);
    assert_eq!(told, [(1, Some(3)), (2, Some(3)), (3, Some(3))]);
}

#[test]
fn a_turned_video_is_read_upright() {
    if !has_ffmpeg() {
        return;
    }
    let signal = read(video("turned.mp4")).unwrap();
    assert_eq!((signal.shape(), signal.channels, signal.axes[0].step), (vec![4, 16, 16], 3, 0.1));
    let levels = levels(&signal);
    // Red was on the left and is now at the top. H.264 changes the levels a little.
    assert!(distance(&levels[..3], &[255, 0, 0]) <= 4, "{:?}", &levels[..3]);
    let last = &levels[(15 * 16 + 15) * 3..(15 * 16 + 16) * 3];
    assert!(distance(last, &[0, 0, 255]) <= 4, "{last:?}");
    let corner = &levels[15 * 3..16 * 3];
    assert!(distance(corner, &[255, 0, 0]) <= 4, "{corner:?}");
}

#[test]
fn sound_alone_is_no_video() {
    if !has_ffmpeg() {
        return;
    }
    // The second has a cover picture, which is no video either.
    for name in ["sound.mkv", "cover.mp3"] {
        let error = read(video(name)).unwrap_err();
        assert!(matches!(error, MediaError::Video(VideoError::NoVideo { .. })), "{error}");
    }
}

#[test]
fn what_is_no_video_is_refused_in_one_line() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let turned = fs::read(video("turned.mp4")).unwrap();
    let grey = fs::read(video("grey.mkv")).unwrap();
    let cases: [(&str, &[u8]); 5] = [
        ("empty.mp4", b""),
        ("text.mp4", b"not a video"),
        ("cut.mp4", &turned[..turned.len() / 4]),
        ("cut.mkv", &grey[..grey.len() * 3 / 4]),
        ("short.mkv", &grey[..20]),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = read(&path).unwrap_err();
        assert!(matches!(error, MediaError::Video(VideoError::Decode { .. })), "{name}: {error}");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("ended with code") && !text.contains('\n'), "{text}");
    }
    let whole = levels(&read(video("turned.mp4")).unwrap());
    for length in (0..turned.len()).step_by(turned.len() / 20) {
        let path = folder.path().join("cut.mp4");
        fs::write(&path, &turned[..length]).unwrap();
        match read(&path) {
            // The missing bytes can only be unneeded ones at the end of the index.
            Ok(signal) => assert_eq!(levels(&signal), whole, "cut to {length} bytes"),
            Err(error) => assert!(matches!(error, MediaError::Video(_)), "{length}: {error}"),
        }
    }
    let error = read(folder.path().join("missing.mp4")).unwrap_err();
    assert!(matches!(error, MediaError::NotFound { .. }), "{error}");
}

#[test]
fn names_are_neither_options_nor_addresses() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["-y", "--help", "http:x.mkv", "concat:a|b", "a b'\"$(x);*.mkv", "pipe:0", "%03d.mkv", "\u{e9}.mkv"]
    {
        let path = folder.path().join(name);
        fs::copy(video("grey.mkv"), &path).unwrap();
        assert_eq!(read(&path).unwrap().count(), 45, "{name}");
        // A name without a folder, in a process whose current folder is this one.
        let inner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "containers::a_bare_name_is_read", "--nocapture", "--include-ignored"])
            .current_dir(folder.path())
            .env("SINEFIELD_TEST_NAME", name)
            .output()
            .unwrap();
        assert!(inner.status.success(), "{name}: {}", String::from_utf8_lossy(&inner.stdout));
    }
}

#[test]
fn a_bare_name_is_read() {
    if let Some(name) = std::env::var_os("SINEFIELD_TEST_NAME") {
        assert_eq!(read(Path::new(&name)).unwrap().count(), 45);
    }
}

#[test]
fn a_playlist_opens_no_address() {
    if !has_ffmpeg() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.m3u8");
    let list =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n");
    fs::write(&path, list).unwrap();
    assert!(read(&path).is_err());
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_missing_ffmpeg_is_said_how_to_get() {
    let ffmpeg = Path::new("/no/such/ffmpeg");
    let options = VideoOptions { ffmpeg: ffmpeg.into(), ..VideoOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let reading = read_video_with(video("grey.mkv"), &options, &mut |_, _| {}).unwrap_err();
    let writing = VideoWriter::create_with(ffmpeg, folder.path().join("a.mp4"), (2, 2), 25.0, 3).unwrap_err();
    for error in [reading, writing] {
        assert!(matches!(error, MediaError::Video(VideoError::FfmpegMissing { .. })), "{error}");
        let text = error.to_string();
        for word in ["/no/such/ffmpeg", "apt install", "brew install", "pip install", "SINEFIELD_FFMPEG"] {
            assert!(text.contains(word), "{text}");
        }
    }
    assert!(crate::common::names(folder.path()).is_empty());
    let not_a_program = VideoOptions { ffmpeg: folder.path().into(), ..VideoOptions::default() };
    let error = read_video_with(video("grey.mkv"), &not_a_program, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, MediaError::Video(VideoError::FfmpegStart { .. })), "{error}");
}

#[test]
fn the_environment_names_the_program() {
    let inner = |name: &str, value: &str, path: &str| {
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "containers::the_default_program_is_missing", "--nocapture"])
            .env("SINEFIELD_FFMPEG", value)
            .env("SINEFIELD_TEST_PROGRAM", name)
            .env("PATH", path)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    inner("/named/by/the/environment", "/named/by/the/environment", "/usr/bin");
    // Without a name, `ffmpeg` is searched in `PATH`, whose folders do not contain it.
    inner("ffmpeg", "", "");
    inner("ffmpeg", "", "/no/such/folder");
}

#[test]
fn the_default_program_is_missing() {
    if let Ok(program) = std::env::var("SINEFIELD_TEST_PROGRAM") {
        let error = read(video("grey.mkv")).unwrap_err();
        assert!(
            matches!(&error, MediaError::Video(VideoError::FfmpegMissing { program: p, .. })
                if *p == Path::new(&program)),
            "{error}"
        );
    }
}
