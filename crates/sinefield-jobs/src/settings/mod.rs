//! Settings that jobs share. Each struct defines the options of a command, the entries of a job file, and the arguments
//! of a language binding.

mod course;
pub mod entry;
mod kind;
mod network;
mod reading;
mod running;
pub mod values;

pub use course::Course;
pub use kind::NetworkKind;
pub use network::NetworkSettings;
pub use reading::Reading;
pub use running::Running;
