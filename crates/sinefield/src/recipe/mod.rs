//! Problems for common tasks, made from a signal and a few options.

pub mod derivatives;
pub mod gradient_domain;
pub mod sampled;
pub mod shape;
pub mod sound;

/// The methods of a [`Task`](crate::fit::Task) whose terms are those of its field `problem`.
macro_rules! terms_of_problem {
    () => {
        fn terms(&self) -> &[$crate::fit::Term] {
            self.problem.terms()
        }

        fn fingerprint(&self) -> u64 {
            self.problem.fingerprint()
        }

        fn system(
            &self,
            term: usize,
            moment: &$crate::fit::Moment<'_>,
        ) -> Result<Box<dyn $crate::engine::System + '_>, $crate::fit::TaskError> {
            self.problem.system(term, moment)
        }

        fn system_f64(
            &self,
            term: usize,
            moment: &$crate::fit::Moment<'_>,
        ) -> Result<Box<dyn $crate::engine::System<f64> + '_>, $crate::fit::TaskError> {
            self.problem.system_f64(term, moment)
        }

        fn has_float64(&self) -> bool {
            self.problem.has_float64()
        }

        fn has_fixed_points(&self) -> bool {
            self.problem.has_fixed_points()
        }
    };
}
use terms_of_problem;
