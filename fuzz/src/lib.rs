//! What the targets share: the readers take paths, so that the bytes of libFuzzer become a file.

use std::path::Path;

/// Hands `read` a file of these bytes. Its folder is `SINEFIELD_FUZZ_FOLDER`, or that of temporary files; a folder
/// in memory, as `/dev/shm`, is faster.
pub fn with_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    let folder = std::env::var_os("SINEFIELD_FUZZ_FOLDER").map_or_else(std::env::temp_dir, Into::into);
    let path = folder.join(format!("sinefield-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("the folder of temporary files can be written");
    read(&path);
}
