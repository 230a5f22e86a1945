//! Arrays and tables, compared with those of numpy.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{lines, numbers, reference};
use sinefield_media::{MediaError, read_arrays};

fn array_file(name: &str) -> PathBuf {
    reference().join("arrays").join(name)
}

#[test]
fn arrays_are_what_numpy_wrote() {
    let mut read = Vec::new();
    for name in ["stored.npz", "deflated.npz", "alone.npy", "complex.npz", "complex.npy", "table.csv"] {
        read.extend(read_arrays(array_file(name)).unwrap().into_iter().map(|array| (name, array)));
    }
    let expected = lines("arrays.txt");
    assert_eq!((read.len(), expected.len()), (26, 26));
    for ((file, array), words) in read.iter().zip(expected) {
        let shape = words[2].trim_matches(['(', ')']).split(',').filter(|size| !size.is_empty());
        let shape: Vec<usize> = shape.map(|size| size.parse().unwrap()).collect();
        assert_eq!((*file, array.name.as_str(), &array.shape), (&*words[0], &*words[1], &shape));
        assert_eq!(array.complex, file.starts_with("complex") && array.name != "real");
        assert_eq!(array.data, numbers::<f32>(&words[3..]), "{file} {}", array.name);
    }
}

#[test]
fn what_is_wrong_with_an_archive_names_the_array() {
    let error = |name| read_arrays(array_file(name)).unwrap_err();
    assert!(matches!(error("empty.npz"), MediaError::Empty { .. }));
    let bad = error("nan.npz");
    assert!(matches!(&bad, MediaError::NotFinite { count: 2, index, .. } if *index == [1, 0]), "{bad}");
    assert!(bad.to_string().contains("nan.npz:bad"), "{bad}");
    assert!(matches!(error("wide.npz"), MediaError::NotFinite { count: 1, .. }));
    let complex = error("complex-nan.npz");
    assert!(
        matches!(&complex, MediaError::NotFinite { count: 1, index, .. } if *index == [1, 1]),
        "{complex}"
    );
}

/// An archive of half a megabyte that unpacks to 512 MiB is refused before it is unpacked.
#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let error = read_arrays(array_file("bomb.npz")).unwrap_err();
    assert!(matches!(&error, MediaError::TooLarge { shape, .. } if *shape == [1 << 27]), "{error}");
}

#[test]
fn tables_are_refused_by_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    for (text, line, column, words) in [
        ("a,b\n1,2\n3,four\n", 3, 2, "\"four\" is not a number"),
        ("a,b\n1,2\n3\n", 3, 1, "1 numbers for 2 columns"),
        ("a,b\n1,2,3\n", 2, 3, "2 columns are named"),
        ("a,a\n1,2\n", 1, 2, "already"),
        ("a,\n1,2\n", 1, 2, "no name"),
        ("1,2\n3,4\n", 1, 1, "name the columns"),
        ("a\n1\n\n2\n", 3, 1, "empty"),
        ("a\nnan\n", 2, 1, "finite"),
        ("a\n1e39\n", 2, 1, "finite"),
        ("a,b\n1,\n", 2, 2, "\"\" is not a number"),
        ("\n\na\n1\n", 1, 1, "empty"),
        ("a\n1\n \n2\n", 3, 1, "empty"),
        ("a\r\n1\r\n\r\n2\r\n", 3, 1, "empty"),
        ("a\r\n1\r\ntwo\r\n", 3, 1, "\"two\" is not a number"),
        ("a,\"b\nc\"\n1,2\n", 1, 2, "more than one line"),
        ("a,b\r1,2\r", 1, 2, "more than one line"),
        ("a,b\n1,\"2\n\"\n3\n", 4, 1, "1 numbers for 2 columns"),
        ("a,b\n1,\"2,3\"\n", 2, 2, "\"2,3\" is not a number"),
        ("a,b\n1,\"2\n3,4\n", 2, 2, "\"2\\n3,4\" is not a number"),
    ] {
        fs::write(&path, text).unwrap();
        let error = read_arrays(&path).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("table.csv") && told.contains(words), "{text:?}: {told}");
        let MediaError::Table { line: at, column: cell, .. } = error else { panic!("{text:?}: {told}") };
        assert_eq!((at, cell), (line, column), "{text:?}");
    }
}

#[test]
fn tables_may_have_other_line_ends_and_quoted_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    fs::write(&path, "\u{feff}\"a b\" ,c\r\n 1, -2e1\r\n3,4\r\n\r\n").unwrap();
    let arrays = read_arrays(&path).unwrap();
    assert_eq!((arrays[0].name.as_str(), &arrays[0].data[..]), ("a b", &[1.0, 3.0][..]));
    assert_eq!((arrays[1].name.as_str(), &arrays[1].data[..]), ("c", &[-20.0, 4.0][..]));
    fs::write(&path, "\"a, \"\"b\"\"\", \"c d\"\n\"1.5\", \"2\"\n\n \n").unwrap();
    let quoted = read_arrays(&path).unwrap();
    assert_eq!((quoted[0].name.as_str(), &quoted[0].data[..]), ("a, \"b\"", &[1.5][..]));
    assert_eq!((quoted[1].name.as_str(), &quoted[1].data[..]), ("c d", &[2.0][..]));
    for empty in ["", "a,b\n", "a\n\n"] {
        fs::write(&path, empty).unwrap();
        assert!(matches!(read_arrays(&path), Err(MediaError::Empty { .. })), "{empty:?}");
    }
    for other in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"\xff\xfe\x00", &[b'a'; 2 << 20]] {
        fs::write(&path, other).unwrap();
        assert!(matches!(read_arrays(&path), Err(MediaError::NotArrays { .. })));
    }
    assert!(matches!(read_arrays(folder.path()), Err(MediaError::IsFolder { .. })));
    assert!(matches!(read_arrays(folder.path().join("none")), Err(MediaError::NotFound { .. })));
}

#[test]
fn damaged_files_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for name in ["stored.npz", "deflated.npz", "alone.npy", "table.csv"] {
        let bytes = fs::read(array_file(name)).unwrap();
        let path = folder.path().join(name);
        let check = |damaged: &[u8]| {
            fs::write(&path, damaged).unwrap();
            match read_arrays(&path) {
                Ok(arrays) => arrays.iter().for_each(|array| {
                    assert_eq!(array.data.len(), array.shape.iter().product::<usize>(), "{name}");
                }),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        };
        for length in (0..bytes.len()).step_by(7) {
            check(&bytes[..length]);
        }
        for _ in 0..500 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                let place = random() % damaged.len();
                damaged[place] = [0, 0xff, 0x7f, 0x80, random() as u8][random() % 5];
            }
            check(&damaged);
        }
    }
}
