//! The number types of tensors, and their conversion to float32 and float64.

use half::{bf16, f16};

/// A supported number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    BF16,
}

impl Number {
    /// The type with this name in a safetensors header.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Number::F64),
            "F32" => Some(Number::F32),
            "F16" => Some(Number::F16),
            "BF16" => Some(Number::BF16),
            _ => None,
        }
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Number::F64 => 8,
            Number::F32 => 4,
            Number::F16 | Number::BF16 => 2,
        }
    }

    /// Reads the little-endian numbers in `bytes` into `out`, up to the shorter of the two.
    ///
    /// Only F64 is rounded. A number too large for float32 becomes infinite.
    pub(super) fn read(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Number::F64 => each(bytes, out, |b| f64::from_le_bytes(b) as f32),
            Number::F32 => each(bytes, out, f32::from_le_bytes),
            Number::F16 => each(bytes, out, |b| f16::from_le_bytes(b).to_f32()),
            Number::BF16 => each(bytes, out, |b| bf16::from_le_bytes(b).to_f32()),
        }
    }
}

/// Reads the little-endian float64s in `bytes` into `out`, up to the shorter of the two.
pub(super) fn read_f64(bytes: &[u8], out: &mut [f64]) {
    let numbers = bytes.as_chunks().0;
    out.iter_mut().zip(numbers).for_each(|(out, bytes)| *out = f64::from_le_bytes(*bytes));
}

fn each<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    let (numbers, _) = bytes.as_chunks::<N>();
    for (out, bytes) in out.iter_mut().zip(numbers) {
        *out = number(*bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    /// The values are those of IEEE 754-2008: the least subnormal, the largest subnormal, the least normal, and so on.
    #[test]
    fn known_halves() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x0400, 6.103_515_625e-5),
            (0x3555, 0.333_251_953_125),
            (0x3c00, 1.0),
            (0x3c01, 1.000_976_562_5),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(f64::from(read(Number::F16, bits)), value, "{bits:#06x}");
        }
        assert!(read(Number::F16, 0x8000).is_sign_negative() && read(Number::F16, 0x7e00).is_nan());
    }

    /// BF16 is the upper half of a float32.
    #[test]
    fn known_brain_floats() {
        for (bits, value) in
            [(0x0000, 0.0), (0x3f80, 1.0), (0xc049, -3.140_625), (0x7f7f, 3.389_531_389_251_535_5e38)]
        {
            assert_eq!(f64::from(read(Number::BF16, bits)), value, "{bits:#06x}");
        }
        assert!(read(Number::BF16, 0x7f80) == f32::INFINITY && read(Number::BF16, 0x7fc0).is_nan());
    }

    fn read(number: Number, bits: u16) -> f32 {
        let mut out = [0.0];
        number.read(&bits.to_le_bytes(), &mut out);
        out[0]
    }
}
