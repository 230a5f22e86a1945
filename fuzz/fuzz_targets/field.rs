//! Field files. One that is read must be written and read again as it was. A form is compiled or refused.

#![no_main]

use sinefield::field::Field;
use sinefield::form;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(field) = Field::from_bytes(bytes) {
        let _ = form::check(&field);
        let again = field.to_bytes().expect("a field that was read can be written");
        assert_eq!(Field::from_bytes(&again).expect("a field that was written can be read"), field);
    }
});
