//! Checkpoints: what is read can be written, and read again.

#![no_main]

use sinefield::fit::Checkpoint;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sinefield_fuzz::with_file(bytes, |path| {
        if let Ok(checkpoint) = Checkpoint::load(path) {
            checkpoint.save(path).expect("a checkpoint that was read can be written");
            Checkpoint::load(path).expect("a checkpoint that was written can be read");
        }
    });
});
