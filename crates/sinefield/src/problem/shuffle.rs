//! A shuffle of `0..n` that needs no memory: every element of every epoch is computed from its index.
//!
//! A balanced Feistel network is a bijection of the numbers below a power of four. Repeating it until the
//! result is below `n` makes it a bijection of `0..n` (Black & Rogaway 2002, "cycle walking"). Few
//! repetitions are needed, since the power is at most `4 n`.

const ROUNDS: u64 = 4;

/// The shuffles of `0..count`, one for each epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shuffle {
    count: u64,
    half_bits: u32,
    seed: u64,
}

impl Shuffle {
    pub fn new(count: usize, seed: u64) -> Self {
        let bits = u64::BITS - (count.max(2) as u64 - 1).leading_zeros();
        Self { count: count as u64, half_bits: bits.div_ceil(2), seed }
    }

    /// Element `index` of the endless sequence of epochs. Each epoch is a new shuffle of `0..count`.
    pub fn at(self, index: u64) -> usize {
        let (epoch, mut value) = (index / self.count, index % self.count);
        loop {
            value = self.permute(epoch, value);
            if value < self.count {
                return value as usize;
            }
        }
    }

    fn permute(self, epoch: u64, value: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..ROUNDS {
            let key = self.seed ^ mix(epoch.wrapping_mul(ROUNDS).wrapping_add(round).wrapping_add(1));
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        left << self.half_bits | right
    }
}

/// The finaliser of SplitMix64 (Steele et al. 2014).
pub(crate) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Number `i` of the draws with the number `number`, in `[0, 1)`. It depends on the arguments alone.
pub(crate) fn uniform(seed: u64, number: u64, i: usize) -> f64 {
    unit(mix(mix(number ^ mix(seed)).wrapping_add(mix(i as u64 + 1))))
}

/// The top 53 bits as a fraction in `[0, 1)`.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_sees_every_element_once_and_in_its_own_order() {
        for count in [1usize, 2, 3, 17, 255, 257, 1000] {
            let shuffle = Shuffle::new(count, 9);
            let epoch =
                |e: usize| -> Vec<usize> { (0..count).map(|i| shuffle.at((e * count + i) as u64)).collect() };
            for e in 0..3 {
                let mut seen = epoch(e);
                seen.sort_unstable();
                assert_eq!(seen, (0..count).collect::<Vec<_>>(), "{count}, epoch {e}");
            }
            if count > 16 {
                assert_ne!(epoch(0), epoch(1));
                assert_ne!(epoch(0), Shuffle::new(count, 10).order(count));
            }
        }
    }

    impl Shuffle {
        fn order(self, count: usize) -> Vec<usize> {
            (0..count).map(|i| self.at(i as u64)).collect()
        }
    }
}
