//! A saved and loaded field has the same bits, and other programs can read its file.

use super::{parts, small};
use crate::field::{
    Activation, AxisSet, Encoding, Field, FieldConfig, FieldError, FileError, FileFault, Meta, ValueMap,
};

#[track_caller]
fn comes_back(field: &Field) {
    let bytes = field.to_bytes().unwrap();
    let again = Field::from_bytes(&bytes).unwrap();
    let bits = |field: &Field| field.parameters().iter().map(|p| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&again), bits(field));
    assert_eq!(again.architecture(), field.architecture());
    assert_eq!(again.meta, field.meta);
    assert_eq!(again.to_bytes().unwrap(), bytes);
}

#[test]
fn every_width_and_depth() {
    for hidden in [1, 3, 17, 255, 257] {
        for (inputs, outputs, layers) in [(1, 1, 0), (2, 3, 3), (3, 1, 11)] {
            let config = FieldConfig { hidden, layers, ..FieldConfig::new(inputs, outputs) };
            comes_back(&Field::new(&config, hidden as u64).unwrap());
        }
    }
}

#[test]
fn every_activation_encoding_and_omega() {
    for activation in Activation::ALL {
        for encoding in [
            Encoding::Identity,
            Encoding::Positional { frequencies: 7 },
            Encoding::Rbf { centres: 17 },
            Encoding::Fourier { features: 6, scale: 0.1, seed: u64::MAX, periodic: AxisSet::default() },
            Encoding::Fourier {
                features: 2,
                scale: 2.5,
                seed: 0,
                periodic: AxisSet::try_from(vec![1]).unwrap(),
            },
            Encoding::Periodic { axes: AxisSet::try_from(vec![0, 2]).unwrap() },
        ] {
            let (omega, first_omega) = (Some(0.1), Some(f32::MIN_POSITIVE));
            let config =
                FieldConfig { hidden: 5, activation, encoding, omega, first_omega, ..FieldConfig::new(3, 2) };
            comes_back(&Field::new(&config, 1).unwrap());
        }
    }
}

#[test]
fn parameters_that_arithmetic_would_change() {
    let mut field = small();
    let awkward = [-0.0, f32::from_bits(1), f32::MIN_POSITIVE, f32::MAX, f32::MIN, 1.0 / 3.0];
    field.parameters_mut()[..awkward.len()].copy_from_slice(&awkward);
    comes_back(&field);
}

#[test]
fn meta_to_the_last_digit() {
    let mut field = small();
    field.meta = Meta::picture(480, 640);
    field.meta.value = ValueMap { scale: 0.1 + 0.2, offset: -1.0 / 3.0 };
    // A fast parser of decimals has an error in the last place for some of these.
    let losses: Vec<f64> = (1..200).map(|i| f64::from(i).sin() * 1e-7).collect();
    let fitted = serde_json::json!({
        "tiny": 5e-324, "seed": u64::MAX, "name": "a\n\"Ω\" \u{1f}", "log": [[1.5], [null, true]], "losses": losses
    });
    field.meta.fitted = fitted.as_object().unwrap().clone();
    comes_back(&field);
    field.meta = Meta::default();
    comes_back(&field);
}

#[test]
fn the_safetensors_crate_reads_what_we_write() {
    let field = small();
    let bytes = field.to_bytes().unwrap();
    let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names = read.names();
    names.sort_unstable();
    let expected = ["layers.0.bias", "layers.0.weight", "layers.1.bias", "layers.1.weight"];
    assert_eq!(names, expected);
    let weight = read.tensor("layers.0.weight").unwrap();
    assert_eq!(weight.shape(), [3, 2]);
    let first = f32::from_le_bytes(weight.data()[4..8].try_into().unwrap());
    assert_eq!(first, field.parameters()[1]);
    assert!(parts(&bytes).0.contains(r#"{"sinefield":"{\"version\":1,"#));
}

#[test]
fn what_could_not_be_read_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.safetensors");
    let good = small();
    good.save(&path).unwrap();

    let mut nan = small();
    nan.parameters_mut()[7] = f32::NAN;
    let message = nan.save(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("{}: ", path.display())), "{message}");
    assert!(message.contains("layers.0.bias[1]"), "{message}");

    let mut endless = small();
    endless.meta.value.scale = f64::INFINITY;
    assert!(matches!(endless.to_bytes(), Err(FileError::Bytes(FileFault::Metadata(_)))));

    let mut axes = small();
    axes.meta = Meta::plain(3);
    assert!(matches!(axes.to_bytes(), Err(FileError::Bytes(FileFault::Axes { expected: 2, found: 3 }))));

    let mut deep = small();
    let nested = (0..200).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner]));
    deep.meta.fitted.insert("deep".to_string(), nested);
    assert!(matches!(deep.to_bytes(), Err(FileError::Bytes(FileFault::Metadata(_)))));

    let mut long = small();
    long.meta.fitted.insert("log".to_string(), "x".repeat(9 << 20).into());
    assert!(matches!(long.to_bytes(), Err(FileError::Bytes(FileFault::HeaderTooLong { .. }))));

    let mut architecture = small().architecture().clone();
    architecture.layers[0].omega = -1.0;
    let impossible = Field::from_parts(architecture, small().parameters(), Meta::default());
    assert_eq!(impossible.err(), Some(FieldError::Omega(-1.0)));

    for samples in [0, usize::MAX] {
        let mut unsampled = small();
        unsampled.meta = Meta::picture(3, samples);
        let fault = unsampled.to_bytes().unwrap_err().to_string();
        assert!(fault.contains(&format!("axis number 1 has {samples} samples")), "{fault}");
    }

    assert_eq!(Field::load(&path).unwrap(), good);
}

#[test]
fn a_file_that_cannot_be_opened_or_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no such.safetensors");
    for (path, words) in [(missing.as_path(), "there is no such file"), (folder.path(), "cannot be read")] {
        let message = Field::load(path).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{}: {words}", path.display())), "{message}");
    }
    let beyond = folder.path().join("nowhere").join("field.safetensors");
    let error = small().save(&beyond).unwrap_err();
    assert!(matches!(error, FileError::Write(_)));
    assert!(error.to_string().contains("nowhere"), "{error}");
}
