//! A program that a signal ends leaves no incomplete video. The test has its own program, because it abandons all
//! videos of the process.

mod common;

use common::names;
use sinefield_media::{MediaError, VideoError, VideoWriter, abandon_videos, ffmpeg_program};

fn given_up(result: Result<(), MediaError>) {
    let error = result.unwrap_err();
    assert!(
        matches!(error, MediaError::Video(VideoError::GivenUp { .. } | VideoError::Encode { .. })),
        "{error}"
    );
}

#[test]
fn abandoned_videos_are_gone_and_fail_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let has_ffmpeg = std::process::Command::new(ffmpeg_program()).arg("-version").output().is_ok();
    let mut kinds = vec!["a.y4m", "frames"];
    if has_ffmpeg {
        kinds.push("a.mp4");
    } else {
        eprintln!("SKIPPED in part: this machine has no ffmpeg");
    }
    let mut writers = Vec::new();
    for name in &kinds {
        let mut writer = VideoWriter::create(folder.path().join(name), (16, 16), 25.0, 3).unwrap();
        writer.frame(&[0.5; 16 * 16 * 3]).unwrap();
        writers.push(writer);
    }
    assert_eq!(names(folder.path()).len(), kinds.len());
    abandon_videos();
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
    for (index, mut writer) in writers.into_iter().enumerate() {
        // The first writer can still write to its removed file, but cannot finish it.
        if index > 0 {
            given_up((0..100).try_for_each(|_| writer.frame(&[0.5; 16 * 16 * 3])));
        }
        given_up(writer.finish());
    }
    assert!(names(folder.path()).is_empty());
    // The folder is removed even if a frame is being written at the same time.
    for _ in 0..20 {
        let mut writer = VideoWriter::create(folder.path().join("frames"), (64, 64), 25.0, 3).unwrap();
        let ready = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                ready.wait();
                abandon_videos();
            });
            ready.wait();
            while writer.frame(&[0.5; 64 * 64 * 3]).is_ok() {}
        });
        drop(writer);
        assert!(names(folder.path()).is_empty());
    }
    // New videos can be written afterwards.
    let mut writer = VideoWriter::create(folder.path().join("b.y4m"), (1, 1), 25.0, 1).unwrap();
    writer.frame(&[0.5]).unwrap();
    writer.finish().unwrap();
    assert_eq!(names(folder.path()), ["b.y4m"]);
}
