//! The world against a plain client: what really happens on its sockets, and what its log says.
// A helper that panics is how a test fails; clippy lets only functions marked as tests do so.
#![allow(clippy::unwrap_used, clippy::panic)]

mod attribution;
mod cases;
mod client;
mod edge;
mod faults;
mod gates;
mod hosts;
mod set_up;
