//! Tests [`abandon`]. The test has its own program, because `abandon` would also remove the files of other tests.

use std::io::Write;

use sinefield_files::{WriteError, abandon, write, write_folder};

#[test]
fn files_under_way_are_taken_away_and_whole_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, lost) = (folder.path().join("kept"), folder.path().join("lost"));
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    write(&kept, |file| file.write_all(b"whole")).unwrap();
    std::fs::write(&lost, "as it was").unwrap();
    let written = write(&lost, |file| {
        file.write_all(b"half")?;
        assert_eq!(names().len(), 3);
        abandon();
        assert_eq!(names(), ["kept", "lost"]);
        file.write_all(b" and the rest")
    });
    assert!(written.is_err());
    assert_eq!(names(), ["kept", "lost"]);
    assert_eq!(std::fs::read_to_string(&lost).unwrap(), "as it was");
    write(&lost, |file| file.write_all(b"new")).unwrap();
    assert_eq!(std::fs::read_to_string(&lost).unwrap(), "new");

    let frames = folder.path().join("frames");
    let written = write_folder::<_, WriteError>(&frames, |inside| {
        write(&inside.join("0"), |file| file.write_all(b"frame"))?;
        assert_eq!(names().len(), 3);
        abandon();
        assert_eq!(names(), ["kept", "lost"]);
        Ok(())
    });
    assert!(written.is_err());
    assert_eq!(names(), ["kept", "lost"]);
}
