//! Values while a residual is lowered: real and complex vectors, and what a derivative of them would meet.

use super::graph::Id;

/// A real node of the graph.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub id: Id,
    /// The data and fields that a derivative of this number would differentiate. They are recorded beside
    /// the graph, since a simplification such as `0*a` must not hide an error.
    pub meets: Meets,
}

/// One component of a value. A complex component is a pair of real nodes.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub re: Scalar,
    /// The imaginary part; `None` if the component is real.
    pub im: Option<Scalar>,
}

/// A scalar or a vector. Its components are all real or all complex. This is its type, which does not depend
/// on simplifications of the graph: `i*i` is complex.
pub(super) type Value = Vec<Component>;

/// The data and fields that a derivative would differentiate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meets {
    /// A data column.
    pub column: Option<usize>,
    /// For each field, 0 if a derivative would not reach it, else one more than the highest order of its
    /// derivatives. Empty if no field would be reached.
    pub orders: Vec<u8>,
}

impl Meets {
    pub fn with(mut self, other: &Meets) -> Meets {
        self.column = self.column.or(other.column);
        if self.orders.len() < other.orders.len() {
            self.orders.resize(other.orders.len(), 0);
        }
        self.orders.iter_mut().zip(&other.orders).for_each(|(a, &b)| *a = (*a).max(b));
        self
    }
}

impl Component {
    pub fn real(re: Scalar) -> Self {
        Self { re, im: None }
    }

    pub fn complex(re: Scalar, im: Scalar) -> Self {
        Self { re, im: Some(im) }
    }
}

pub(super) fn is_complex(value: &[Component]) -> bool {
    value.iter().any(|component| component.im.is_some())
}

/// The nodes of all components, of a complex one its real part and then its imaginary part.
pub(super) fn nodes(value: &[Component]) -> Vec<Id> {
    value.iter().flat_map(|c| std::iter::once(&c.re).chain(&c.im)).map(|part| part.id).collect()
}
