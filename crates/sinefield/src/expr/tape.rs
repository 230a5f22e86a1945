//! The graph in the order of execution: a list of instructions, each over all points of a tile.
//!
//! A *uniform* is a node with the same value at every point. It is computed once per tile, in float64. Any
//! other node has a slot of `points` numbers, which is reused after the last read. Jets and columns of width
//! 1 are read in place. If all components of the residual are computed in the same way, its jets and columns
//! of any width are read in place.

use std::collections::HashMap;

use super::adjoint::Cotangent;
use super::arithmetic::{Binary, Unary};
use super::graph::{Derivative, Graph, Id, Op};
use super::scope::Scope;
use crate::jet::JetSpec;

/// The location of an operand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Slot(usize),
    Uniform(usize),
    /// The coordinate of a scope that has only one.
    Coordinate,
    /// A whole column: its position among the columns that are read.
    Column(usize),
    /// A whole channel: the position of its field among the fields that are read, and the channel.
    Jet(usize, usize),
}

/// An array `(points, width)`, of which one number of each row is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows {
    Coordinates,
    Column(usize),
    Jet(usize, usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Instruction {
    Load {
        out: usize,
        rows: Rows,
        width: usize,
        first: usize,
    },
    Unary {
        out: usize,
        f: Unary,
        a: Source,
    },
    Power {
        out: usize,
        a: Source,
        n: i32,
    },
    Binary {
        out: usize,
        f: Binary,
        a: Source,
        b: Source,
    },
    Select {
        out: usize,
        c: Source,
        a: Source,
        b: Source,
    },
    /// The derivative of the loss with respect to a component of the residual.
    Seed {
        out: usize,
        component: usize,
        r: Source,
    },
    /// Adds to the cotangent of one channel and output of a field that is read.
    Cotangent {
        field: usize,
        channel: usize,
        width: usize,
        output: usize,
        bar: Source,
    },
    /// Adds to the derivative with respect to a trainable scalar.
    Scalar {
        trainable: usize,
        bar: Source,
    },
}

/// A program's instructions.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    /// The operations of the uniforms. Each operand is the index of an earlier uniform.
    pub uniforms: Vec<Op>,
    /// The instructions up to the residual.
    pub forward: Vec<Instruction>,
    /// The instructions from the residual to the cotangents.
    pub backward: Vec<Instruction>,
    /// The components of the residual, available after `forward`.
    pub residual: Vec<Source>,
    pub slots: usize,
    /// The number of components that are treated as separate points; 1 if components are computed
    /// differently.
    pub fold: usize,
}

/// The inputs of `tape` besides the graph.
pub(super) struct Layout<'a> {
    pub scope: &'a Scope,
    pub jets: &'a [Option<JetSpec>],
    /// The indices of the columns that are read.
    pub columns: &'a [usize],
    /// The number of components that share the instructions of the first; 1 if none do.
    pub fold: usize,
}

/// Builds the tape of a graph. `roots` are the components of the residual. Each bar is added to the cotangent
/// of its leaf.
pub(super) fn tape(graph: &Graph, roots: &[Id], cotangents: &[Cotangent], layout: &Layout<'_>) -> Tape {
    let mut builder = Builder::new(graph, roots, cotangents, layout);
    let forward = graph.reachable(roots);
    let bars: Vec<Id> = cotangents.iter().map(|c| c.bar).collect();
    let all = graph.reachable(&[roots, &bars].concat());
    let first: Vec<Id> = (0..graph.len()).filter(|&id| forward[id]).collect();
    let then: Vec<Id> = (0..graph.len()).filter(|&id| all[id] && !forward[id]).collect();
    builder.count_reads(&first, &then);

    first.iter().for_each(|&id| builder.node(id));
    builder.tape.residual = roots.iter().map(|root| builder.source(*root)).collect();
    builder.tape.forward = std::mem::take(&mut builder.instructions);
    builder.stores(&first);
    for &id in &then {
        builder.node(id);
        builder.stores(&[id]);
    }
    builder.tape.backward = builder.instructions;
    builder.tape
}

struct Builder<'a> {
    graph: &'a Graph,
    roots: &'a [Id],
    layout: &'a Layout<'a>,
    /// The leaves to whose cotangents each bar is added.
    stores: HashMap<Id, Vec<Op>>,
    sources: HashMap<Id, Source>,
    /// The number of remaining reads of each node.
    reads: Vec<usize>,
    free: Vec<usize>,
    instructions: Vec<Instruction>,
    tape: Tape,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph, roots: &'a [Id], cotangents: &[Cotangent], layout: &'a Layout<'a>) -> Self {
        let mut stores: HashMap<Id, Vec<Op>> = HashMap::new();
        cotangents.iter().for_each(|c| stores.entry(c.bar).or_default().push(c.leaf));
        Self {
            graph,
            roots,
            layout,
            stores,
            sources: HashMap::new(),
            reads: vec![0; graph.len()],
            free: Vec::new(),
            instructions: Vec::new(),
            tape: Tape { fold: layout.fold, ..Tape::default() },
        }
    }

    fn count_reads(&mut self, first: &[Id], then: &[Id]) {
        for &id in first.iter().chain(then) {
            self.graph.op(id).operands().for_each(|a| self.reads[a] += 1);
            if let Op::Seed(component) = self.graph.op(id) {
                self.reads[self.roots[component]] += 1;
            }
            self.reads[id] += self.stores.get(&id).map_or(0, Vec::len);
        }
        // The residual is also read after the whole forward part.
        self.roots.iter().for_each(|&root| self.reads[root] += 1);
    }

    fn source(&self, id: Id) -> Source {
        self.sources[&id]
    }

    /// The source of a node, for one read. The last read frees the slot.
    fn read(&mut self, id: Id) -> Source {
        let source = self.source(id);
        self.reads[id] -= 1;
        if let (0, Source::Slot(slot)) = (self.reads[id], source) {
            self.free.push(slot);
        }
        source
    }

    /// A slot for a node. It is taken before the operands are read, so that it overwrites none of them.
    fn slot(&mut self, id: Id) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.tape.slots += 1;
            self.tape.slots - 1
        });
        self.sources.insert(id, Source::Slot(slot));
        slot
    }

    fn node(&mut self, id: Id) {
        let op = self.graph.op(id);
        if let Some(source) = self.in_place(op) {
            self.sources.insert(id, source);
            return;
        }
        if self.is_uniform(op) {
            let uniform = |a: Id| match self.sources[&a] {
                Source::Uniform(at) => at,
                _ => a,
            };
            self.tape.uniforms.push(op.map(uniform));
            self.sources.insert(id, Source::Uniform(self.tape.uniforms.len() - 1));
            op.operands().for_each(|a| self.reads[a] -= 1);
            return;
        }
        let out = self.slot(id);
        let instruction = match op {
            Op::Unary(f, a) => Instruction::Unary { out, f, a: self.read(a) },
            Op::Power(a, n) => Instruction::Power { out, a: self.read(a), n },
            Op::Binary(f, a, b) => Instruction::Binary { out, f, a: self.read(a), b: self.read(b) },
            Op::Select(c, a, b) => {
                Instruction::Select { out, c: self.read(c), a: self.read(a), b: self.read(b) }
            }
            Op::Seed(component) => Instruction::Seed { out, component, r: self.read(self.roots[component]) },
            leaf => self.load(out, leaf),
        };
        self.instructions.push(instruction);
    }

    fn is_uniform(&self, op: Op) -> bool {
        match op {
            Op::Constant(_) | Op::Progress | Op::Trainable(_) => true,
            Op::Coordinate(_) | Op::Column(..) | Op::Jet(_) | Op::Seed(_) => false,
            op => op.operands().all(|a| matches!(self.sources[&a], Source::Uniform(_))),
        }
    }

    /// The source of a leaf that can be read in place.
    fn in_place(&self, op: Op) -> Option<Source> {
        let scope = self.layout.scope;
        match op {
            Op::Coordinate(_) if scope.coordinates.len() == 1 && self.layout.fold == 1 => {
                Some(Source::Coordinate)
            }
            Op::Column(column, _) if scope.columns[column].1 == self.layout.fold => {
                Some(Source::Column(self.column(column)))
            }
            Op::Jet(number) if scope.fields[number.field].width == self.layout.fold => {
                let (field, channel) = self.channel(number.field, number.derivative);
                Some(Source::Jet(field, channel))
            }
            _ => None,
        }
    }

    fn load(&self, out: usize, leaf: Op) -> Instruction {
        let scope = self.layout.scope;
        let (rows, width, first) = match leaf {
            Op::Column(column, component) => {
                (Rows::Column(self.column(column)), scope.columns[column].1, component)
            }
            Op::Jet(number) => {
                let (field, channel) = self.channel(number.field, number.derivative);
                (Rows::Jet(field, channel), scope.fields[number.field].width, number.output)
            }
            Op::Coordinate(i) => (Rows::Coordinates, scope.coordinates.len(), i),
            // Unreachable: every other node is an operation or a uniform.
            _ => (Rows::Coordinates, 1, 0),
        };
        Instruction::Load { out, rows, width, first }
    }

    /// The position of a column among the columns that are read.
    fn column(&self, column: usize) -> usize {
        self.layout.columns.iter().position(|&c| c == column).unwrap_or(0)
    }

    /// The position of a field among the fields that are read, and the channel of a derivative.
    fn channel(&self, field: usize, derivative: Derivative) -> (usize, usize) {
        let place = self.layout.jets[..field].iter().flatten().count();
        let channel = self.layout.jets[field].as_ref().and_then(|spec| match derivative {
            Derivative::Value => Some(0),
            Derivative::First(i) => spec.first_channel(i),
            Derivative::Second(i, j) => spec.second_channel(i, j),
            Derivative::ThirdAlong(line) => spec.third_channel_along(&line.vector(spec.inputs())),
            Derivative::FourthAlong(line) => spec.fourth_channel_along(&line.vector(spec.inputs())),
            Derivative::Laplacian => spec.laplacian_channel(),
            Derivative::Third(_) | Derivative::Fourth(_) => None,
        });
        // `collect` made the jets from these numbers, so the channel exists.
        (place, channel.unwrap_or(0))
    }

    /// Adds the instructions that store the bars among `ids`.
    fn stores(&mut self, ids: &[Id]) {
        for &id in ids {
            for leaf in self.stores.remove(&id).unwrap_or_default() {
                let bar = self.read(id);
                let instruction = match leaf {
                    Op::Jet(number) => {
                        let (field, channel) = self.channel(number.field, number.derivative);
                        let width = self.layout.scope.fields[number.field].width / self.layout.fold;
                        Instruction::Cotangent { field, channel, width, output: number.output, bar }
                    }
                    Op::Trainable(trainable) => Instruction::Scalar { trainable, bar },
                    _ => continue,
                };
                self.instructions.push(instruction);
            }
        }
    }
}
