//! Reading and writing videos: y4m files, folders of frames, and the real ffmpeg or a program in its place.

#[path = "../common/mod.rs"]
mod common;
mod containers;
mod damage;
#[cfg(unix)]
mod false_ffmpeg;
mod folders;
#[cfg(target_os = "linux")]
mod full_disk;
mod tools;
mod writing;
mod y4m;
