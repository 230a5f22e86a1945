//! Jets: derivatives that are propagated through a network, and the rules of propagation.
//!
//! A *jet* is the value of a field at a point with a chosen set of its derivatives: first and second ones, and
//! third and fourth ones along lines. The value and each derivative are the *channels*. `s1, s2, s3` are the first three derivatives of `h = σ(ωz)`
//! with respect to `z`. The channels of a layer's output are
//!
//! ```text
//! h = σ(ωz)     h_i = s1 z_i     h_ij = s1 z_ij + s2 z_i z_j     h_Λ = s1 z_Λ + s2 Σ c_i z_i²
//! ```
//!
//! `Λ = Σ c_i ∂_ii` is one channel for any number of coordinates (the collapsed or "forward" Laplacian: Li et
//! al. 2024). For every channel `z_c = W h_c`; only the value also has the bias. Cotangents, written with
//! bars, propagate back as
//!
//! ```text
//! z̄   = s1 h̄ + s2 Σ h̄_i z_i + (s2 z_Λ + s3 Σ c_i z_i²) h̄_Λ + Σ_ij (s2 z_ij + s3 z_i z_j) h̄_ij
//! z̄_i = s1 h̄_i + 2 c_i s2 z_i h̄_Λ + Σ_j s2 z_j (h̄_ij + h̄_ji)
//! z̄_Λ = s1 h̄_Λ      z̄_ij = s1 h̄_ij      W̄ = Σ_channels z̄_c h_cᵀ      b̄ = Σ z̄
//! ```
//!
//! [`Line`] has the rules of third and fourth derivatives. A coordinate axis is the simplest line. A mixed
//! derivative is a sum of derivatives along several lines, such as
//! `12 ∂_xxyy = D⁴_(x+y) + D⁴_(x-y) - 2 ∂_xxxx - 2 ∂_yyyy`.

mod line;

pub use line::Line;

/// The channels of a jet, for a field of `inputs` coordinates.
///
/// The order of channels is: the value, the first derivatives, the second derivatives, the third and the
/// fourth derivative along each line, the Laplacian.
///
/// ```
/// use sinefield::jet::JetSpec;
///
/// let heat = JetSpec::value(2).with_first(0).with_second(1, 1); // u, u_t, u_x, u_xx
/// assert_eq!(heat.channels(), 4);
/// assert_eq!(heat.second_channel(1, 1), Some(3));
///
/// let beam = JetSpec::value(2).with_fourth(1); // u, u_x, u_xx, u_xxx, u_xxxx
/// assert_eq!((beam.channels(), beam.fourth_channel(1)), (5, Some(4)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct JetSpec {
    inputs: usize,
    first: Vec<usize>,
    second: Vec<(usize, usize)>,
    lines: Vec<Line>,
    laplacian: Option<Vec<f64>>,
}

impl JetSpec {
    /// The value alone.
    pub fn value(inputs: usize) -> Self {
        Self { inputs, first: Vec::new(), second: Vec::new(), lines: Vec::new(), laplacian: None }
    }

    /// Value and gradient.
    pub fn gradient(inputs: usize) -> Self {
        (0..inputs).fold(Self::value(inputs), Self::with_first)
    }

    /// Value, gradient and the Laplacian `Σ ∂_ii`.
    pub fn laplacian(inputs: usize) -> Self {
        Self::value(inputs).with_laplacian(&vec![1.0; inputs])
    }

    /// Value, gradient and `∂_ii` for every `i`.
    pub fn diagonal_hessian(inputs: usize) -> Self {
        (0..inputs).fold(Self::value(inputs), |spec, i| spec.with_second(i, i))
    }

    /// Value, gradient and `∂_ij` for every `i <= j`.
    pub fn hessian(inputs: usize) -> Self {
        let pairs = (0..inputs).flat_map(|i| (i..inputs).map(move |j| (i, j)));
        pairs.fold(Self::value(inputs), |spec, (i, j)| spec.with_second(i, j))
    }

    /// Adds `∂_i`. A coordinate `i >= inputs` is ignored.
    pub fn with_first(mut self, i: usize) -> Self {
        if i < self.inputs && !self.first.contains(&i) {
            self.first.push(i);
            self.first.sort_unstable();
        }
        self
    }

    /// Adds `∂_ij` (the same channel as `∂_ji`) and the first derivatives it needs. A pair with a coordinate
    /// `>= inputs` is ignored.
    pub fn with_second(mut self, i: usize, j: usize) -> Self {
        let pair = (i.min(j), i.max(j));
        if pair.1 >= self.inputs {
            return self;
        }
        if !self.second.contains(&pair) {
            self.second.push(pair);
            self.second.sort_unstable();
        }
        self.with_first(i).with_first(j)
    }

    /// Adds `∂_iii`, and `∂_ii` and `∂_i`, which it needs. A coordinate `i >= inputs` is ignored.
    pub fn with_third(self, i: usize) -> Self {
        let axis = self.axis(i);
        if axis.is_empty() { self } else { self.with_third_along(&axis) }
    }

    /// Adds `∂_iiii` and what [`JetSpec::with_third`] adds. A coordinate `i >= inputs` is ignored.
    pub fn with_fourth(self, i: usize) -> Self {
        let axis = self.axis(i);
        if axis.is_empty() { self } else { self.with_fourth_along(&axis) }
    }

    /// Adds `D³` for `D = Σ v_i ∂_i` with `v` the `direction`, and the first and second derivatives it needs:
    /// `∂_i` and `∂_ij` for all `i` and `j` with `v_i v_j != 0`. Missing numbers are 0, and extra numbers are
    /// ignored. A direction with a number that is not finite is ignored.
    pub fn with_third_along(self, direction: &[f64]) -> Self {
        self.with_line(direction, false)
    }

    /// Adds `D⁴` and what [`JetSpec::with_third_along`] adds.
    pub fn with_fourth_along(self, direction: &[f64]) -> Self {
        self.with_line(direction, true)
    }

    fn with_line(mut self, direction: &[f64], fourth: bool) -> Self {
        let Some(line) = Line::new(direction, self.inputs, fourth) else { return self };
        let pairs: Vec<(usize, usize)> = line.pairs().map(|(pair, _)| pair).collect();
        match self.lines.iter_mut().find(|known| known.direction == line.direction) {
            Some(known) => known.fourth |= fourth,
            None => self.lines.push(line),
        }
        self.lines.sort_by(Line::order);
        pairs.into_iter().fold(self, |spec, (i, j)| spec.with_second(i, j))
    }

    /// The direction of coordinate `i`; empty if there is no such coordinate.
    fn axis(&self, i: usize) -> Vec<f64> {
        let along = |j: usize| if i == j { 1.0 } else { 0.0 };
        if i < self.inputs { (0..self.inputs).map(along).collect() } else { Vec::new() }
    }

    /// Adds `Λ = Σ c_i ∂_ii` with one weight for each coordinate, and the first derivatives it needs. Missing
    /// weights are 0, and extra weights are ignored. An earlier Laplacian is replaced.
    pub fn with_laplacian(mut self, weights: &[f64]) -> Self {
        let mut weights = weights.to_vec();
        weights.resize(self.inputs, 0.0);
        for (i, weight) in weights.iter().enumerate() {
            if *weight != 0.0 {
                self = self.with_first(i);
            }
        }
        self.laplacian = Some(weights);
        self
    }

    /// The number of coordinates.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        let of_lines: usize = self.lines.iter().map(Line::channels).sum();
        self.first_of_lines() + of_lines + usize::from(self.laplacian.is_some())
    }

    /// The coordinates of the first derivatives, ascending.
    pub fn first(&self) -> &[usize] {
        &self.first
    }

    /// The coordinate pairs of the second derivatives, ascending.
    pub fn second(&self) -> &[(usize, usize)] {
        &self.second
    }

    /// The lines of the third and fourth derivatives, in the order of their channels.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The weights of the Laplacian, one for each coordinate.
    pub fn laplacian_weights(&self) -> Option<&[f64]> {
        self.laplacian.as_deref()
    }

    /// The channel of `∂_i`; `None` if it is not in the jet.
    pub fn first_channel(&self, i: usize) -> Option<usize> {
        self.first.iter().position(|&f| f == i).map(|at| 1 + at)
    }

    /// The channel of `∂_ij`; `None` if it is not in the jet.
    pub fn second_channel(&self, i: usize, j: usize) -> Option<usize> {
        let pair = (i.min(j), i.max(j));
        let at = self.second.iter().position(|&p| p == pair)?;
        Some(1 + self.first.len() + at)
    }

    /// The channel of `∂_iii`; `None` if it is not in the jet.
    pub fn third_channel(&self, i: usize) -> Option<usize> {
        self.third_channel_along(&self.axis(i))
    }

    /// The channel of `∂_iiii`; `None` if it is not in the jet.
    pub fn fourth_channel(&self, i: usize) -> Option<usize> {
        self.fourth_channel_along(&self.axis(i))
    }

    /// The channel of the third derivative along `direction`; `None` if it is not in the jet.
    pub fn third_channel_along(&self, direction: &[f64]) -> Option<usize> {
        self.lines_with_channels().find(|(line, _)| line.direction == direction).map(|(_, third)| third)
    }

    /// The channel of the fourth derivative along `direction`; `None` if it is not in the jet.
    pub fn fourth_channel_along(&self, direction: &[f64]) -> Option<usize> {
        let mut lines = self.lines_with_channels();
        lines.find(|(line, _)| line.fourth && line.direction == direction).map(|(_, third)| third + 1)
    }

    /// Each line with the channel of its third derivative. That of a fourth derivative follows.
    pub fn lines_with_channels(&self) -> impl Iterator<Item = (&Line, usize)> {
        let mut next = self.first_of_lines();
        self.lines.iter().map(move |line| {
            let third = next;
            next += line.channels();
            (line, third)
        })
    }

    fn first_of_lines(&self) -> usize {
        1 + self.first.len() + self.second.len()
    }

    /// The channel of the Laplacian; `None` if it is not in the jet.
    pub fn laplacian_channel(&self) -> Option<usize> {
        self.laplacian.as_ref().map(|_| self.channels() - 1)
    }

    /// The cheaper method for a field of `outputs` outputs. Reverse mode gives only first derivatives.
    ///
    /// The cost is counted in passes over the weights, forward and backward together. Forward mode costs
    /// `3 channels`. Reverse mode costs `3 + 3 outputs` for any number of coordinates, since the derivative
    /// of a network is a network with the same weights.
    pub fn method(&self, outputs: usize) -> Method {
        let gradient_only = self.second.is_empty() && self.lines.is_empty() && self.laplacian.is_none();
        if gradient_only && self.first.len() > outputs { Method::Reverse } else { Method::Forward }
    }

    /// The number of passes over the weights in one step: forward, backward and weight gradients together.
    pub fn passes(&self, outputs: usize) -> usize {
        match self.method(outputs) {
            Method::Forward => 3 * self.channels(),
            Method::Reverse => 3 + 3 * outputs,
        }
    }
}

/// A method of computing a jet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// All channels are propagated forward through the layers together with the value.
    Forward,
    /// The gradient is propagated backward through the layers from each output.
    Reverse,
}

#[cfg(test)]
mod tests;
