//! A sheet of pairs of grey pictures: one pair per row, with white gaps.

/// White around and between the pictures, in pixels.
const GAP: usize = 8;
const WHITE: u8 = 255;

/// A sheet of pairs.
pub struct Panel {
    rows: usize,
    columns: usize,
    bytes: Vec<u8>,
}

impl Panel {
    /// An empty sheet for pictures of `rows` by `columns` pixels.
    pub fn new((rows, columns): (usize, usize)) -> Self {
        let mut panel = Self { rows, columns, bytes: Vec::new() };
        panel.gap();
        panel
    }

    fn width(&self) -> usize {
        2 * self.columns + 3 * GAP
    }

    fn gap(&mut self) {
        self.bytes.resize(self.bytes.len() + GAP * self.width(), WHITE);
    }

    /// Adds a pair below the others.
    pub fn add(&mut self, left: &[u8], right: &[u8]) {
        for (left, right) in left.chunks(self.columns).zip(right.chunks(self.columns)).take(self.rows) {
            for picture in [left, right] {
                self.bytes.extend([WHITE; GAP]);
                self.bytes.extend(picture);
            }
            self.bytes.extend([WHITE; GAP]);
        }
        self.gap();
    }

    /// The sheet's (rows, columns) and its pixels.
    pub fn finish(self) -> ((usize, usize), Vec<u8>) {
        let width = self.width();
        ((self.bytes.len() / width, width), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_stand_side_by_side_in_white() {
        let mut panel = Panel::new((1, 2));
        panel.add(&[1, 2], &[3, 4]);
        let ((rows, columns), bytes) = panel.finish();
        assert_eq!((rows, columns), (1 + 2 * GAP, 4 + 3 * GAP));
        let row = &bytes[GAP * columns..][..columns];
        assert_eq!((row[GAP], row[GAP + 1], row[2 * GAP + 2], row[2 * GAP + 3]), (1, 2, 3, 4));
        assert_eq!(bytes.iter().filter(|byte| **byte == WHITE).count(), bytes.len() - 4);
    }
}
